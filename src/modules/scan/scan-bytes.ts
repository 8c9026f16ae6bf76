/** One target as it was fetched or found on disk: bytes in, findings out. */
import type { Finding, ScanResult, Suppressed } from './contract.ts';
import type { DocumentPart, Oddity, PictureReader, Unread } from './documents/document-part.ts';
import { extractDocument } from './documents/extract-document.ts';
import { BARRIER } from './fold.ts';
import { maskNumber } from './personal-data.ts';
import { type HtmlObserver, readHtml } from './read-html.ts';
import type { Ruleset } from './ruleset.ts';
import { scanHtml } from './scan-html.ts';
import { type Findings, scanText } from './scan-text.ts';

export interface ScanTarget {
  /** File name or last part of the address: decides between kinds that look alike. */
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly contentType?: string | undefined;
  /** Address of a page, so that links to its own site are told from external ones. */
  readonly url?: string | undefined;
}

/** So many distinct identity numbers in one target make every one of them critical. */
const MASS_LEAK = 10;
/** More findings than this are counted, not listed. */
const MAX_FINDINGS = 5000;

/**
 * Scans one target of any supported kind. Fails as `extractDocument`.
 * Text in pictures is found when `pictures` reads them; without it they are told as unread.
 * HTML offsets are those of the decoded source; documents have a `part`, and offsets in its text.
 * `onText` is told what text or HTML decodes to; who it names reads the markup along.
 */
export async function scanBytes(
  target: ScanTarget,
  ruleset: Ruleset,
  pictures?: PictureReader,
  onText?: (text: string) => HtmlObserver | undefined,
): Promise<ScanResult> {
  const document = await extractDocument(target.bytes, target.name, target.contentType, pictures);
  const charset = document.charset === undefined ? {} : { charset: document.charset };
  const [only] = document.parts;
  let result: Findings;
  const isText = document.kind === 'html' || document.kind === 'text';
  const observer = isText ? onText?.(only!.text) : undefined;
  if (observer && document.kind === 'text') readHtml(only!.text, observer);
  if (document.kind === 'html') {
    result = scanHtml(only!.text, ruleset, { url: target.url, observer });
    // A page whose first bytes make it a file of another kind as well.
    if (document.parts.length > 1) result = joined([result, scanParts(document.parts.slice(1), ruleset)]);
  } else if (document.kind === 'text') result = scanText(only!.text, ruleset);
  else result = scanParts(document.parts, ruleset);
  result.findings.push(...oddities(document.oddities), ...unreadParts(document.unread));
  return {
    ...charset,
    findings: limit(markMassLeak(result)),
    suppressed: result.suppressed.slice(0, MAX_FINDINGS),
  };
}

/** Scans what a document or an archive holds: pages as pages, everything else as one text. */
function scanParts(parts: readonly DocumentPart[], ruleset: Ruleset): Findings {
  const results = [
    scanTexts(
      parts.filter((part) => !part.html),
      ruleset,
    ),
  ];
  for (const { html, part, text } of parts) {
    if (!html) continue;
    const result = scanHtml(text, ruleset);
    const place = <T extends Finding>(finding: T): T => ({ ...finding, part });
    const [findings, suppressed] = [result.findings.map(place), result.suppressed.map(place)];
    results.push({ ...result, findings, suppressed });
  }
  return joined(results);
}

const joined = (results: readonly Findings[]): Findings => ({
  findings: results.flatMap((result) => result.findings),
  suppressed: results.flatMap((result) => result.suppressed),
  idNumbers: results.flatMap((result) => result.idNumbers),
});

/** Scans the parts of a document together (so that a context shows its neighbours) and places each finding. */
function scanTexts(parts: readonly DocumentPart[], ruleset: Ruleset): Findings {
  if (parts.length === 0) return { findings: [], suppressed: [], idNumbers: [] };
  const starts: number[] = [];
  let length = 0;
  for (const part of parts) {
    starts.push(length);
    length += part.text.length + 1;
  }
  const result = scanText(parts.map((part) => part.text).join(BARRIER), ruleset);
  const place = <T extends Finding>(finding: T): T[] => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (starts[middle]! <= finding.start) low = middle;
      else high = middle - 1;
    }
    const part = parts[low]!;
    const [start, end] = [finding.start - starts[low]!, finding.end - starts[low]!];
    const mark = part.marks?.find((one) => one.start < end && one.end > start);
    if (part.onlyMarked && !mark) return [];
    return [{ ...finding, start, end, part: mark ? `${part.part} (${mark.note})`.trim() : part.part }];
  };
  return {
    ...result,
    findings: result.findings.flatMap(place),
    suppressed: result.suppressed.flatMap((hit): Suppressed[] => place(hit)),
  };
}

/** A list of many people's numbers is another matter than one number in a text. */
function markMassLeak({ findings, idNumbers }: Findings): Finding[] {
  if (new Set(idNumbers).size < MASS_LEAK) return findings;
  return findings.map((finding) =>
    finding.rule === 'personal.id-card' ? { ...finding, severity: 'critical' } : finding,
  );
}

/** What could not be looked at is not clean: one finding for each reason and place, a few of each. */
function unreadParts(unread: readonly Unread[]): Finding[] {
  const most = 50;
  return unread
    .slice(0, most)
    .map(({ part, reason }) => ({ ...remark(`unread.${reason}`), part }))
    .concat(
      unread.length > most
        ? [{ ...remark('unread.more'), text: String(unread.length - most), part: '' }]
        : [],
    );
}

/** A place of taking tells where a child was; half an identity number still tells the date of birth. */
function oddities(found: readonly Oddity[]): Finding[] {
  return found.map(({ rule, part, text }) => ({
    ...remark(rule),
    kind: 'personal-data',
    severity: rule === 'personal.photo-place' ? 'low' : 'medium',
    text: maskNumber(text),
    context: maskNumber(text),
    part,
  }));
}

const remark = (rule: string): Finding => ({
  rule,
  kind: 'encoding',
  severity: 'info',
  text: '',
  start: 0,
  end: 0,
  context: '',
  view: 'strict',
});

function limit(findings: Finding[]): Finding[] {
  if (findings.length <= MAX_FINDINGS) return findings;
  const worst = ['critical', 'high', 'medium', 'low', 'info'];
  const kept = [...findings]
    .sort((a, b) => worst.indexOf(a.severity) - worst.indexOf(b.severity))
    .slice(0, MAX_FINDINGS - 1);
  const more = findings.length - kept.length;
  return [...kept, { ...remark('unread.too-many'), text: `${more}` }];
}
