/** One target as it was fetched or found on disk: bytes in, findings out. */
import type { Finding, ScanResult, Suppressed } from './contract.ts';
import { type DocumentPart, extractDocument } from './documents/extract-document.ts';
import { BARRIER } from './fold.ts';
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
 * HTML offsets are those of the decoded source; documents have a `part`, and offsets in its text.
 */
export async function scanBytes(target: ScanTarget, ruleset: Ruleset): Promise<ScanResult> {
  const document = await extractDocument(target.bytes, target.name, target.contentType);
  const charset = document.charset === undefined ? {} : { charset: document.charset };
  const [only] = document.parts;
  let result: Findings;
  if (document.kind === 'html') result = scanHtml(only!.text, ruleset, { url: target.url });
  else if (document.kind === 'text') result = scanText(only!.text, ruleset);
  else result = scanParts(document.parts, ruleset);
  if (document.kind === 'pdf' && document.parts.every((part) => part.text.trim() === ''))
    result.findings.push(unread());
  return {
    ...charset,
    findings: limit(markMassLeak(result)),
    suppressed: result.suppressed.slice(0, MAX_FINDINGS),
  };
}

/** Scans the parts of a document together (so that a context shows its neighbours) and places each finding. */
function scanParts(parts: readonly DocumentPart[], ruleset: Ruleset): Findings {
  const starts: number[] = [];
  let length = 0;
  for (const part of parts) {
    starts.push(length);
    length += part.text.length + 1;
  }
  const result = scanText(parts.map((part) => part.text).join(BARRIER), ruleset);
  const place = <T extends Finding>(finding: T): T => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (starts[middle]! <= finding.start) low = middle;
      else high = middle - 1;
    }
    return {
      ...finding,
      start: finding.start - starts[low]!,
      end: finding.end - starts[low]!,
      part: parts[low]!.part,
    };
  };
  return {
    ...result,
    findings: result.findings.map(place),
    suppressed: result.suppressed.map((hit): Suppressed => place(hit)),
  };
}

/** A list of many people's numbers is another matter than one number in a text. */
function markMassLeak({ findings, idNumbers }: Findings): Finding[] {
  if (new Set(idNumbers).size < MASS_LEAK) return findings;
  return findings.map((finding) =>
    finding.rule === 'personal.id-card' ? { ...finding, severity: 'critical' } : finding,
  );
}

/** Pages without any text are pictures: not looked at is not clean. */
const unread = (): Finding => ({
  rule: 'unread.no-text',
  kind: 'encoding',
  severity: 'info',
  text: '',
  start: 0,
  end: 0,
  context: '',
  view: 'strict',
  part: 'page:1',
});

function limit(findings: Finding[]): Finding[] {
  if (findings.length <= MAX_FINDINGS) return findings;
  const worst = ['critical', 'high', 'medium', 'low', 'info'];
  const kept = [...findings]
    .sort((a, b) => worst.indexOf(a.severity) - worst.indexOf(b.severity))
    .slice(0, MAX_FINDINGS - 1);
  const more = findings.length - kept.length;
  return [...kept, { ...unread(), rule: 'unread.too-many', text: `${more}`, part: undefined }];
}
