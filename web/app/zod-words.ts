import i18next, { type TFunction } from 'i18next';
import type { z } from 'zod';

export { halfOf } from '#base/contract';

type RawIssue = z.core.$ZodRawIssue;

/**
 * A refused value in words for the person at the form. Zod's own texts speak to programmers
 * (“期望 string >=2 字符”, the whole regular expression); a message that a contract gives stands before these.
 */
export function tellIssue(issue: RawIssue, t: TFunction = i18next.t): string {
  if (isMissing(issue)) return t('invalid.required');
  switch (issue.code) {
    case 'too_small':
      return t(`invalid.${originOf(issue)}Min`, { limit: String(issue.minimum) });
    case 'too_big':
      return t(`invalid.${originOf(issue)}Max`, { limit: String(issue.maximum) });
    case 'invalid_format':
      return formatWords(issue.format, t);
    case 'invalid_value':
      return t('invalid.choice');
    case 'invalid_type':
      return issue.expected === 'int' || issue.expected === 'number'
        ? t('invalid.number')
        : t('invalid.format');
    case 'not_multiple_of':
      return t('invalid.number');
    default:
      return t('invalid.format');
  }
}

/** Required text fields are `min(1)` or longer; an empty one is missing, not “too short”. */
function isMissing(issue: RawIssue): boolean {
  if (issue.input === undefined || issue.input === null) return true;
  return (
    issue.code === 'too_small' &&
    (issue.input === '' || (Array.isArray(issue.input) && issue.input.length === 0))
  );
}

function originOf(issue: { readonly origin?: string }): 'text' | 'list' | 'number' {
  if (issue.origin === 'string') return 'text';
  return issue.origin === 'array' || issue.origin === 'set' ? 'list' : 'number';
}

function formatWords(format: string, t: TFunction): string {
  if (format === 'url') return t('invalid.url');
  if (format === 'email') return t('invalid.email');
  if (format === 'datetime') return t('invalid.time');
  if (format === 'ipv4' || format === 'ipv6') return t('invalid.ip');
  return t('invalid.format');
}
