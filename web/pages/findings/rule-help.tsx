import { useTranslation } from 'react-i18next';
import { useEnumWords } from '../../app/enum-words.ts';
import { Facts, Panel } from '../../ui/panel.tsx';

/** Families that have an entry of their own in the table of explanations (`web/words/<language>/rule-help.ts`). */
const families: readonly string[] = [
  'gambling',
  'pornography',
  'drugs',
  'fraud',
  'exam_cheating',
  'weapons',
  'circumvention',
  'cult',
  'extremism',
  'harm',
  'illicit_trade',
  'soliciting',
  'term',
  'hidden-link',
  'personal',
  'secrecy',
  'stuffing',
  'encoding',
  'availability',
  'dns',
  'tls',
  'headers',
  'exposure',
  'version',
  'cloaking',
  'campaign',
  'defacement',
  'home-look',
  'interactive',
  'filing',
  'stale',
  'dead-link',
  'change',
];

const asFamily: Readonly<Record<string, string>> = { 'personal-data': 'personal', outage: 'availability' };

/** The entry that explains a rule: `term.gambling` has one of its own, `hidden-link.display-none` its family's. */
export function helpKeyOf(rule: string, kind: string): string {
  const [family = '', name = ''] = rule.split('.');
  return [name, family, kind, asFamily[kind] ?? ''].find((one) => families.includes(one)) ?? 'other';
}

/** What a rule means, how it is mended, and on what it rests, in plain words. */
export function RuleHelp({ rule, kind }: { rule: string; kind: string }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const key = helpKeyOf(rule, kind);
  return (
    <Panel title={t('findingWork.ruleTitle')}>
      <Facts
        items={[
          [t('findingWork.ruleWhat'), words('ruleWhat', key)],
          [t('findingWork.ruleFix'), words('ruleFix', key)],
          [t('findingWork.ruleLaw'), words('ruleLaw', key)],
        ]}
      />
    </Panel>
  );
}
