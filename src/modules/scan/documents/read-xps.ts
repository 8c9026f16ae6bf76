/** XPS (ECMA-388): pages of glyph runs, links, properties. */
import type { Content, Reading } from './document-part.ts';
import { emptyContent, mergeContent } from './document-part.ts';
import { readProperties } from './read-docx.ts';
import { readXml } from './read-xml.ts';

type ReadInner = (member: string, bytes: Uint8Array, outer: Reading) => Promise<Content>;

/** Texts of the pages (`page:2`, in the order of their names), properties, and pictures where they are recognised. */
export async function readXps(
  members: ReadonlyMap<string, Buffer>,
  reading: Reading,
  readInner: ReadInner,
): Promise<Content> {
  const content = emptyContent();
  const sorted = [...members].sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }));
  let number = 0;
  for (const [member, body] of sorted) {
    if (/\.fpage$/i.test(member)) {
      number++;
      content.parts.push({ part: `page:${number}`, text: readPage(body, reading.name) });
    } else if (/(?:^|\/)core\w*\.xml$|docProps\//i.test(member))
      content.parts.push({ part: 'info', text: readProperties(body, reading.name) });
    else if (/\.(?:png|jpe?g|tiff?|wdp)$/i.test(member) && reading.pictures)
      mergeContent(content, await readInner(member, body, reading));
  }
  return { ...content, parts: content.parts.filter((part) => part.text.trim() !== '') };
}

function readPage(xml: Uint8Array, name: string): string {
  let text = '';
  let last = '';
  readXml(xml, name, {
    open: (tag, at) => {
      if (at['FixedPage.NavigateUri']) text += `\n${at['FixedPage.NavigateUri']}\n`;
      if (at['AutomationProperties.Name']) text += `\n${at['AutomationProperties.Name']}\n`;
      if (tag !== 'Glyphs' || !at.UnicodeString) return;
      const line = at.OriginY ?? '';
      if (text !== '' && line !== last) text += '\n';
      last = line;
      // A brace at the beginning is escaped (ECMA-388 12.1.4).
      text += at.UnicodeString.replace(/^\{\}/, '');
    },
  });
  return text;
}
