import { PauseOutlined, PlayCircleOutlined } from '@ant-design/icons';
import { Button, Form, Input } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type TailLine, tailLogs } from '#logs/contract';
import { eventsOf } from '../../app/event-stream.ts';
import { UnitPicker } from '../../app/unit-picker.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorView } from '../../ui/error-view.tsx';
import { timeOnly } from '../../ui/moment.ts';
import { Panel } from '../../ui/panel.tsx';
import { filterFromValues } from './log-filter.ts';
import { ReadingBar, type ReadingGate } from './reading-bar.tsx';

/** Lines kept on the page. */
const most = 500;

interface Values {
  readonly source?: string;
  readonly unit?: string;
  readonly text?: string;
}

type End = 'time' | 'ended' | null;
interface NumberedLine extends TailLine {
  readonly number: number;
}

/** Lines as they arrive. Pausing keeps the last ones on the page; what comes meanwhile is counted. */
export function LogLive() {
  const { t } = useTranslation();
  const [lines, setLines] = useState<readonly NumberedLine[]>([]);
  const [skipped, setSkipped] = useState(0);
  const [isRunning, setRunning] = useState(false);
  const [isPaused, setPaused] = useState(false);
  const [end, setEnd] = useState<End>(null);
  const [error, setError] = useState<unknown>(null);
  const control = useRef<AbortController>(undefined);
  const paused = useRef(false);
  const number = useRef(0);
  const gate = useRef<ReadingGate>(null);
  paused.current = isPaused;
  useEffect(() => () => control.current?.abort(), []);

  async function start(values: Values) {
    if (!(await gate.current?.pass())) return;
    control.current?.abort();
    const mine = new AbortController();
    control.current = mine;
    setLines([]);
    setSkipped(0);
    setPaused(false);
    setEnd(null);
    setError(null);
    setRunning(true);
    try {
      for await (const { event, data } of eventsOf(
        tailLogs,
        { query: filterFromValues(values) },
        mine.signal,
      )) {
        if (event === 'lines') take(data as { lines: TailLine[]; skipped: number });
        if (event === 'end') setEnd((data as { reason: End }).reason);
      }
    } catch (problem) {
      if (!mine.signal.aborted) setError(problem);
    }
    if (control.current === mine) setRunning(false);
  }

  function take({ lines: more, skipped: left }: { lines: TailLine[]; skipped: number }) {
    if (paused.current) {
      setSkipped((before) => before + more.length + left);
      return;
    }
    setSkipped((before) => before + left);
    const numbered = more.map((line) => {
      number.current += 1;
      return { ...line, number: number.current };
    });
    setLines((before) => [...numbered.reverse(), ...before].slice(0, most));
  }

  return (
    <>
      <ReadingBar gate={gate} />
      <Panel>
        <p className="jd-faint">{t('logSearch.liveHint')}</p>
        <Form<Values> layout="vertical" requiredMark={false} onFinish={(values) => void start(values)}>
          <div className="jd-form-grid">
            <Form.Item name="source" label={t('logs.source')}>
              <Input maxLength={120} />
            </Form.Item>
            <Form.Item name="unit" label={t('logSearch.unit')}>
              <UnitPicker gives="code" />
            </Form.Item>
            <Form.Item name="text" label={t('logSearch.liveText')}>
              <Input maxLength={200} />
            </Form.Item>
          </div>
          <div className="jd-toolbar">
            <Button type="primary" htmlType="submit" icon={<PlayCircleOutlined aria-hidden="true" />}>
              {t('logSearch.liveStart')}
            </Button>
            {isRunning ? (
              <>
                <Button icon={<PauseOutlined aria-hidden="true" />} onClick={() => setPaused(!isPaused)}>
                  {t(isPaused ? 'logSearch.liveResume' : 'logSearch.livePause')}
                </Button>
                <Button onClick={() => control.current?.abort()}>{t('logSearch.liveEnd')}</Button>
              </>
            ) : null}
          </div>
        </Form>
        <div aria-live="polite" style={{ marginTop: 12 }}>
          {error === null ? null : <ErrorView error={error} />}
          {end === null ? null : t(end === 'time' ? 'logSearch.liveOver' : 'logSearch.liveEnded')}
          {skipped > 0 ? (
            <span className="jd-faint">{t('logSearch.liveSkipped', { count: skipped })}</span>
          ) : null}
        </div>
      </Panel>
      {isRunning || lines.length > 0 ? (
        <Panel flush>
          {lines.length === 0 ? (
            <EmptyState title={t('logSearch.liveWaiting')} hint={t('logSearch.liveWaitingHint')} />
          ) : (
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1)
            <ol className="jd-live" aria-label={t('logSearch.liveLines')} tabIndex={0}>
              {lines.map((line) => (
                <li key={line.number}>
                  <span className="jd-faint">
                    {timeOnly(line.recvAt)} {line.source}{' '}
                  </span>
                  {line.raw} {line.cut ? t('logSearch.cut') : ''}
                </li>
              ))}
            </ol>
          )}
        </Panel>
      ) : null}
    </>
  );
}
