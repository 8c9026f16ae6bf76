import { Alert, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { ApiError, codeOfError, wordsForError } from '../app/api-error.ts';
import { helpFor, isNoRecord } from '../app/error-help.ts';
import { useLanguage } from '../app/i18n.ts';
import { colon } from '../app/punctuation.ts';
import { WhoCan } from '../app/who-can.tsx';

interface ErrorViewProps {
  readonly error: unknown;
  readonly onRetry?: () => void;
}

/** A failure in human words, the fields it names, and the code that support needs. */
export function ErrorView({ error, onRetry }: ErrorViewProps) {
  const { t } = useTranslation();
  const language = useLanguage();
  const help = helpFor(error);
  const isMissing = isNoRecord(error);
  const title = isMissing ? t('error.noRecord') : wordsForError(error)[language];
  // The server's one line tells them already, as long as there are few.
  const told = error instanceof ApiError && !isMissing ? error.fields : [];
  const fields = told.filter(({ message }) => !title.includes(message));
  return (
    <Alert
      type="error"
      showIcon
      role="alert"
      title={title}
      description={
        <>
          {fields.length > 0 ? (
            <ul style={{ margin: '4px 0', paddingInlineStart: 20 }}>
              {fields.map((field) => (
                <li key={`${field.path}${field.message}`}>
                  <code>{field.path}</code>
                  {colon()}
                  {field.message}
                </li>
              ))}
            </ul>
          ) : null}
          {help === undefined ? null : <div>{t(`help.${help}`)}</div>}
          <WhoCan error={error} />
          <span className="jd-faint">
            {t('error.code')} <code>{codeOfError(error)}</code>
          </span>
        </>
      }
      action={
        onRetry ? (
          <Button size="small" onClick={onRetry}>
            {t('action.retry')}
          </Button>
        ) : undefined
      }
    />
  );
}
