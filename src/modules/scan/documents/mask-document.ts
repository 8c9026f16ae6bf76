/** A copy of a file with the personal numbers in it masked, hidden parts included. */
import { fail } from '#base/errors';
import { decodeBytes } from '../decode-bytes.ts';
import { maskPersonalData } from '../personal-data.ts';
import { kindOf } from './document-kind.ts';
import { newBudget, type Reading } from './document-part.ts';
import { maskXml } from './mask-xml.ts';
import { readZip } from './read-zip.ts';
import { writeZip } from './write-zip.ts';

/** A thumbnail shows the page as it was. */
const LEFT_OUT = /^(?:docProps\/thumbnail\.|Thumbnails\/)/i;
const EMBEDDED = /\.(?:docx|xlsx|pptx|od[tsp])$/i;

/**
 * Masks a text, csv, docx, xlsx, pptx or OpenDocument file. The caller scans the copy: what is still found there is in
 * pictures or embedded objects. Fails with `scan.not_maskable` for other kinds, and as `extractDocument`.
 */
export async function maskDocument(bytes: Uint8Array, name: string): Promise<Buffer> {
  return mask(bytes, { name, budget: newBudget(), depth: 0 });
}

async function mask(bytes: Uint8Array, reading: Reading): Promise<Buffer> {
  const { name, budget, depth } = reading;
  const kind = kindOf(bytes, name);
  if (kind === 'text' || kind === 'html') {
    const text = maskPersonalData(decodeBytes(bytes).text);
    // With the mark Excel reads a csv as UTF-8; a page says its own encoding, which has to become true.
    if (kind === 'text') return Buffer.from(/^\ufeff/.test(text) ? text : `\ufeff${text}`);
    return Buffer.from(text.replace(/(charset\s*=\s*["']?)[\w-]+/i, '$1utf-8'));
  }
  if (!/^(?:docx|xlsx|pptx|odf)$/.test(kind) || depth > 3) fail('scan.not_maskable', { name });
  const members = await readZip(bytes, name, (member) => !LEFT_OUT.test(member));
  for (const [member, body] of members) {
    budget.bytes -= body.length;
    if (budget.bytes < 0) fail('scan.bomb', { name, limit: '256 MB' });
    if (/\.(?:xml|rels|vml)$/i.test(member)) {
      members.set(member, Buffer.from(maskXml(decodeBytes(body).text, member)));
    } else if (EMBEDDED.test(member)) {
      members.set(member, await mask(body, { name: member, budget, depth: depth + 1 }));
    }
  }
  return writeZip(members);
}
