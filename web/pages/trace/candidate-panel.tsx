import { ApiOutlined, DesktopOutlined, IdcardOutlined, LinkOutlined, SwapOutlined } from '@ant-design/icons';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Trace } from '#trace/contract';
import { useEnumWords } from '../../app/enum-words.ts';
import { useLanguage } from '../../app/i18n.ts';
import { inBrackets } from '../../app/punctuation.ts';
import { HashText } from '../../ui/hash-text.tsx';
import { dateTime } from '../../ui/moment.ts';
import { Facts, Panel } from '../../ui/panel.tsx';
import { RawText } from '../../ui/raw-text.tsx';
import { ChainWay, stepId } from './chain-way.tsx';
import { NameReveal } from './name-reveal.tsx';
import './trace.css';

export type Candidate = Trace['candidates'][number];
type Step = Candidate['steps'][number];

interface CandidatePanelProps {
  readonly trace: Trace;
  readonly candidate: Candidate;
  readonly number: number;
}

/** One candidate: what it is, whose it is (sealed), and how each step was proved. */
export function CandidatePanel({ trace, candidate, number }: CandidatePanelProps) {
  const { t } = useTranslation();
  if (candidate.outsideScope) return <OutsidePanel trace={trace} number={number} />;
  return (
    <Panel title={t('trace.candidate', { number: number + 1 })}>
      <ChainWay trace={trace} candidate={candidate} number={number} />
      <Facts
        items={[
          [
            t('trace.insideIp'),
            <span key="ip" className="jd-mono">{`${candidate.insideIp} · ${candidate.realm}`}</span>,
          ],
          [
            t('trace.mac'),
            candidate.mac === null ? (
              '—'
            ) : (
              <span key="mac">
                <span className="jd-mono">{candidate.mac}</span>
                {candidate.macRandom ? (
                  <span className="jd-faint">{inBrackets(t('trace.random'))}</span>
                ) : null}
              </span>
            ),
          ],
          [t('trace.device'), candidate.assetNo ?? '—'],
          [t('trace.room'), candidate.room ?? '—'],
          [t('trace.unit'), candidate.unitName ?? '—'],
          [t('trace.person'), <NameReveal key="name" trace={trace} candidate={candidate} number={number} />],
        ]}
      />
      <h3 className="jd-chain__title">{t('trace.chain')}</h3>
      <ol className="jd-chain">
        {candidate.steps.map((step, index) => (
          // The steps of a finished trace never change or move.
          // biome-ignore lint/suspicious/noArrayIndexKey: see above
          <ChainStep key={index} id={stepId(number, index)} step={step} />
        ))}
      </ol>
    </Panel>
  );
}

/** Another unit's: nothing of it is shown, and that must not read as “nothing is registered”. */
function OutsidePanel({ trace, number }: { trace: Trace; number: number }) {
  const { t } = useTranslation();
  return (
    <Panel title={t('trace.candidate', { number: number + 1 })}>
      <p style={{ marginTop: 0 }}>{t('trace.outside')}</p>
      <p style={{ marginBottom: 0, overflowWrap: 'anywhere' }}>{t('trace.outsideNext', { id: trace.id })}</p>
    </Panel>
  );
}

const stepIcons: Record<Step['kind'], ReactNode> = {
  nat: <SwapOutlined />,
  block: <SwapOutlined />,
  rule: <SwapOutlined />,
  proxy: <SwapOutlined />,
  sighting: <ApiOutlined />,
  lease: <ApiOutlined />,
  register: <DesktopOutlined />,
  custody: <IdcardOutlined />,
};

function ChainStep({ id, step }: { id: string; step: Step }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const language = useLanguage();
  return (
    <li className="jd-chain__step" id={id}>
      <span className="jd-chain__icon" aria-hidden="true">
        {stepIcons[step.kind]}
      </span>
      <div className="jd-chain__body">
        <div className="jd-chain__head">
          <strong>{words('stepKind', step.kind)}</strong>
          {step.at === null ? null : <time className="jd-faint jd-num">{dateTime(step.at)}</time>}
        </div>
        <p style={{ margin: '2px 0 6px' }}>{step.says[language]}</p>
        {step.rawLine === null ? null : (
          <RawText label={`${t('trace.rawLine')} ${words('stepKind', step.kind)} ${step.record ?? ''}`}>
            {step.rawLine}
          </RawText>
        )}
        <div className="jd-faint" style={{ marginTop: 6, fontSize: 13 }}>
          <LinkOutlined aria-hidden="true" />{' '}
          {step.segment === null
            ? t('trace.fromRegister')
            : t('trace.segment', { segment: step.segment, record: step.record ?? '—' })}
          {step.sha256 === null ? null : (
            <>
              {' · SHA-256 '}
              <HashText hash={step.sha256} />
            </>
          )}
          {step.decoder ? ` · ${t('traceWay.decoder', { decoder: step.decoder })}` : null}
        </div>
      </div>
    </li>
  );
}
