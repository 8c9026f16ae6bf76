import { useMutation } from '@tanstack/react-query';
import { Alert, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { explainPlace } from '#scan/contract';
import { DOCUMENT_BYTES_MAX, maskDocument, maskedNameOf } from '#watch/contract';
import { download } from '../../app/api.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { useEnumWords } from '../../app/enum-words.ts';
import { mayPass } from '../../app/error-help.ts';
import { useLanguage } from '../../app/i18n.ts';
import { useRuleWords } from '../../app/rule-words.ts';
import { bytesText } from '../../ui/bytes-text.ts';
import { ErrorView } from '../../ui/error-view.tsx';
import { Panel } from '../../ui/panel.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';
import type { CheckedFile } from './documents-page.tsx';

const MASKABLE = /\.(?:docx|xlsx|pptx|od[tsp]|csv|txt|html?)$/i;

/** Whether the server would refuse a file for its size. */
export function isTooLarge(file: Pick<File, 'size'>): boolean {
  return file.size > DOCUMENT_BYTES_MAX;
}

interface FileReportProps {
  readonly checked: CheckedFile;
  readonly onRetry: () => void;
}

/** What was found in one file, worst first, and its masked copy. */
export function FileReport({ checked: { file, report, error }, onRetry }: FileReportProps) {
  const { t } = useTranslation();
  const language = useLanguage();
  const words = useEnumWords();
  const ruleWords = useRuleWords();
  const mask = useMutation({
    mutationFn: () =>
      download(
        maskDocument,
        { query: { fileName: file.name }, body: file } as never,
        maskedNameOf(file.name),
      ),
  });
  const isPersonal = report?.findings.some((one) => one.kind === 'personal-data') === true;
  const canMask = MASKABLE.test(file.name) && isPersonal;
  return (
    <Panel title={<span className="jd-break">{file.name}</span>}>
      {error === undefined ? null : <ErrorView error={error} {...(mayPass(error) ? { onRetry } : {})} />}
      {isTooLarge(file) ? (
        <Alert
          type="error"
          showIcon
          role="alert"
          title={t('documents.tooLarge', {
            size: bytesText(file.size),
            limit: bytesText(DOCUMENT_BYTES_MAX),
          })}
        />
      ) : report === undefined && error === undefined ? (
        <p role="status">{t('documents.checking')}</p>
      ) : null}
      {report === undefined ? null : (
        <>
          <p style={{ display: 'flex', flexWrap: 'wrap', gap: 8 }}>
            {report.total === 0 ? <StatusTag tone="ok">{t('documents.clean')}</StatusTag> : null}
            {report.total > 0 ? (
              <StatusTag tone="danger">{t('documents.found', { count: report.total })}</StatusTag>
            ) : null}
            {report.complete ? null : <StatusTag tone="warn">{t('documents.incomplete')}</StatusTag>}
          </p>
          <ul className="jd-todo">
            {report.findings.map((one) => (
              <li key={`${one.rule}|${one.part}|${one.start}|${one.end}`} className="jd-todo__item">
                <EnumTag name="severity" value={one.severity} />
                <span className="jd-todo__words jd-break">
                  {remedyWords(words, ruleWords, one.rule)}
                  {one.text === '' ? null : (
                    <>
                      {' '}
                      <mark>{one.text}</mark>
                    </>
                  )}
                  <br />
                  <span className="jd-faint">
                    {explainPlace(one.part)[language] || t('documents.whole')}
                    {one.context === '' ? '' : ` · ${one.context}`}
                  </span>
                </span>
              </li>
            ))}
          </ul>
          {report.total > report.findings.length ? (
            <p className="jd-faint">{t('documents.shownFirst', { count: report.findings.length })}</p>
          ) : null}
          {report.suppressed > 0 ? (
            <p className="jd-faint">{t('documents.suppressed', { count: report.suppressed })}</p>
          ) : null}
          {canMask ? (
            <div style={{ marginTop: 16 }}>
              <Button loading={mask.isPending} onClick={() => mask.mutate()}>
                {t('documents.mask')}
              </Button>
              <p className="jd-faint">{t('documents.maskHint')}</p>
            </div>
          ) : null}
          {isPersonal && !canMask ? <p className="jd-faint">{t('documents.notMaskable')}</p> : null}
          {mask.isError ? <ErrorView error={mask.error} /> : null}
        </>
      )}
    </Panel>
  );
}

type Words = ReturnType<typeof useEnumWords>;

/** What a rule says about a document, with what to do; the name of the rule where there is no more to say. */
function remedyWords(words: Words, otherwise: (rule: string) => string, rule: string): string {
  // A dot in a key would part it in the catalogue.
  const key = rule.replace('.', '_');
  const own = words('documentRule', key);
  return own === key ? otherwise(rule) : own;
}
