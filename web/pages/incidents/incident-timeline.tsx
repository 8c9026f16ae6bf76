import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { actorText } from '../../app/actor-text.ts';
import { useLanguage } from '../../app/i18n.ts';
import { insidePath } from '../../app/message-link.tsx';
import { Panel } from '../../ui/panel.tsx';
import type { Tone } from '../../ui/status-tag.tsx';
import { Timeline } from '../../ui/timeline.tsx';
import type { Detail } from './incident-types.ts';

/** What happened so far, oldest first, by whom. */
export function IncidentTimeline({ incident }: { incident: Detail }) {
  const { t } = useTranslation();
  const language = useLanguage();
  return (
    <Panel title={t('incidents.timeline')}>
      <Timeline
        items={incident.timeline.map((entry, index) => {
          const inside = insidePath(entry.link);
          return {
            key: `${entry.at}${index}`,
            at: entry.at,
            tone: toneOfEntry(entry.kind),
            title: inside === undefined ? entry[language] : <Link to={inside}>{entry[language]}</Link>,
            body: actorText(entry.by, t),
          };
        })}
      />
    </Panel>
  );
}

const dangers = new Set(['escalated', 'failed', 'reappeared', 'reopened', 'late']);
const relief = new Set(['acknowledged', 'contained', 'closed']);

/** The tone of a timeline entry's kind, as `incidents` writes them. */
export function toneOfEntry(kind: string): Tone {
  if (dangers.has(kind)) return 'danger';
  if (relief.has(kind)) return 'ok';
  return kind === 'note' ? 'neutral' : 'info';
}
