import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { adoptSource, type LogSource, sampleSource } from '#logs/contract';
import { call, type RouteReply } from '../../app/api.ts';
import { useEnumWords } from '../../app/enum-words.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { useCan } from '../../app/session.ts';
import { dateTime } from '../../ui/moment.ts';
import { Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { RawText } from '../../ui/raw-text.tsx';
import { ReadingBar, type ReadingGate } from './reading-bar.tsx';
import { useSourceDone } from './source-acts.tsx';
import { SourceForm } from './source-form.tsx';

type Samples = RouteReply<typeof sampleSource>;
const othersName = 'unregistered:others';

/** A sender that nobody has registered: what it sends, which formats read it, and its adoption. */
export function QuarantinePanel({ source }: { source: LogSource }) {
  const { t } = useTranslation();
  const can = useCan();
  const [isOpen, setOpen] = useState(false);
  const gate = useRef<ReadingGate>(null);
  const isOthers = source.name === othersName;
  const query = useQuery({
    queryKey: ['logs', 'samples', source.id],
    queryFn: ({ signal }) => call(sampleSource, { params: { id: source.id } }, { signal }),
    enabled: isOpen,
    // Each look is noted in the audit log: only when somebody asks for it.
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
  });
  return (
    <Panel
      title={t('logSources.samples')}
      extra={
        can('logs.sources') && source.state === 'quarantined' && !isOthers ? (
          <AdoptSource source={source} samples={query.data} />
        ) : null
      }
    >
      <p>{isOthers ? t('logSources.othersHint') : t('logSources.quarantineHint')}</p>
      <p className="jd-faint">
        {t('logSources.samplesHint')} {t('logSources.samplesUnmasked')}
      </p>
      <ReadingBar gate={gate} />
      {isOpen ? (
        <QueryView query={query}>{(samples) => <SampleLines samples={samples} />}</QueryView>
      ) : (
        <Button
          onClick={async () => {
            if (await gate.current?.pass()) setOpen(true);
          }}
        >
          {t('logSources.samplesShow')}
        </Button>
      )}
    </Panel>
  );
}

function SampleLines({ samples }: { samples: Samples }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  if (samples.lines === 0) return <p>{t('logSources.samplesNone')}</p>;
  return (
    <>
      <h3>{t('logSources.guesses')}</h3>
      {samples.guesses.length === 0 ? (
        <p>{t('logSources.guessNone')}</p>
      ) : (
        <ol>
          {samples.guesses.slice(0, 5).map(({ format, read, known }) => (
            <li key={format}>
              {t('logSources.guess', {
                format: words('logFormat', format),
                read: read + known,
                lines: samples.lines,
              })}
            </li>
          ))}
        </ol>
      )}
      {samples.samples.map((one, at) => (
        // The same line may have come twice: its place is what tells it apart.
        // biome-ignore lint/suspicious/noArrayIndexKey: the list never changes its order
        <div key={at} style={{ marginTop: 12 }}>
          <div className="jd-faint">
            <span className="jd-num">{dateTime(one.recvAt)}</span>{' '}
            <span className="jd-mono jd-break">{one.sender}</span>
          </div>
          <RawText label={`${t('logSources.samples')} ${at + 1}`}>{one.raw}</RawText>
        </div>
      ))}
    </>
  );
}

function AdoptSource({ source, samples }: { source: LogSource; samples: Samples | undefined }) {
  const { t } = useTranslation();
  const done = useSourceDone();
  const guess = samples?.guesses[0]?.format;
  return (
    <FormDrawer label={t('logSources.adopt')} type="primary">
      {(close) => (
        <SourceForm
          initial={guess ? { format: guess } : {}}
          submitLabel={t('logSources.adopt')}
          extra={t('logSources.adoptHint')}
          onSubmit={async (body) => {
            await call(adoptSource, { params: { id: source.id }, body });
            close();
            await done(t('logSources.adopted'));
          }}
        />
      )}
    </FormDrawer>
  );
}
