import { useMutation } from '@tanstack/react-query';
import { Button, Checkbox, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { testWords } from '#watch/contract';
import { call } from '../../app/api.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { useEnumWords } from '../../app/enum-words.ts';
import { useRuleWords } from '../../app/rule-words.ts';
import { ErrorView } from '../../ui/error-view.tsx';
import { Panel } from '../../ui/panel.tsx';
import { SourceView } from '../../ui/source-view.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';
import type { changesOf } from './word-edits.ts';

/** A box to try the list on a text. With unsaved changes, the changed list is tried. */
export function WordTest({ changes }: { changes: ReturnType<typeof changesOf> | undefined }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const ruleWords = useRuleWords();
  const why = useWhy();
  const [text, setText] = useState('');
  const [isHtml, setHtml] = useState(false);
  const test = useMutation({
    mutationFn: async () => {
      const body = { text, html: isHtml, ...(changes === undefined ? {} : { changes }) };
      return { text, hits: (await call(testWords, { body })).hits };
    },
  });
  const result = test.data;
  return (
    <Panel title={t('wordlist.test')}>
      <p className="jd-faint">{t('wordlist.testHint')}</p>
      <Input.TextArea
        aria-label={t('wordlist.testText')}
        autoSize={{ minRows: 5, maxRows: 14 }}
        maxLength={200_000}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <div style={{ display: 'flex', flexWrap: 'wrap', gap: 12, alignItems: 'center', margin: '12px 0' }}>
        <Checkbox checked={isHtml} onChange={(event) => setHtml(event.target.checked)}>
          {t('wordlist.asHtml')}
        </Checkbox>
        <Button
          type="primary"
          disabled={text.trim() === ''}
          loading={test.isPending}
          onClick={() => test.mutate()}
        >
          {t('wordlist.run')}
        </Button>
      </div>
      <div aria-live="polite">
        {test.isError ? <ErrorView error={test.error} /> : null}
        {result === undefined ? null : (
          <>
            <p>
              <HitCount hits={result.hits} />
            </p>
            {result.hits.length > 0 ? (
              <SourceView label={t('wordlist.testText')} text={result.text} marks={result.hits} />
            ) : null}
            <ul className="jd-todo">
              {result.hits.map((hit) => (
                <li key={`${hit.rule}${hit.start}`} className="jd-todo__item">
                  <EnumTag name="severity" value={hit.severity} />
                  <span className="jd-todo__words jd-break">
                    {hit.text}{' '}
                    <span className="jd-faint">
                      {t('wordWork.whyHit', { rule: ruleWords(hit.rule), view: words('view', hit.view) })}
                    </span>
                  </span>
                  {hit.suppressed === null ? null : <span className="jd-faint">{why(hit.suppressed)}</span>}
                </li>
              ))}
            </ul>
          </>
        )}
      </div>
    </Panel>
  );
}

/** How many would be reported; what is recognised and let pass is counted by itself. */
export function countHits(hits: readonly { suppressed: string | null }[]) {
  const reported = hits.filter((hit) => hit.suppressed === null).length;
  return { reported, passed: hits.length - reported };
}

function HitCount({ hits }: { hits: readonly { suppressed: string | null }[] }) {
  const { t } = useTranslation();
  const { reported, passed } = countHits(hits);
  return (
    <>
      <StatusTag tone={reported > 0 ? 'danger' : 'ok'}>
        {reported > 0 ? t('wordlist.hits', { count: reported }) : t('wordlist.noHits')}
      </StatusTag>
      {passed > 0 ? <span className="jd-faint"> {t('wordWork.passed', { count: passed })}</span> : null}
    </>
  );
}

/** Why a hit was not reported, in words. */
function useWhy() {
  const { t } = useTranslation();
  return (reason: string) => {
    const [kind = '', ...rest] = reason.split(':');
    const word = rest.join(':');
    if (kind === 'allow') return t('wordWork.whyAllow', { word });
    if (kind === 'teaching') return t('wordWork.whyTeaching', { word });
    if (kind === 'inside-word') return t('wordWork.whyInside');
    return t('wordlist.suppressed', { reason });
  };
}
