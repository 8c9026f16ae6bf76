/** Pictures: the words in them, where recognition is there; where they were taken; words and files that lie in them unseen. */
import { type Content, emptyContent, mergeContent, type Reading } from './document-part.ts';
import { findPhotoPlace } from './ocr/photo-place.ts';
import { sizeOf } from './ocr/picture-size.ts';
import { findAppended, readPictureTexts } from './ocr/picture-texts.ts';

type ReadInner = (member: string, bytes: Uint8Array, outer: Reading) => Promise<Content>;

export async function readPicture(
  bytes: Uint8Array,
  reading: Reading,
  readInner: ReadInner,
): Promise<Content> {
  const content = emptyContent();
  const place = findPhotoPlace(bytes);
  if (place !== null) content.oddities.push({ rule: 'personal.photo-place', part: '', text: place });
  const texts = readPictureTexts(bytes);
  if (texts !== '') content.parts.push({ part: 'picture text', text: texts });
  const appended = findAppended(bytes);
  if (appended) mergeContent(content, await readInner('appended file', appended, reading));
  if (!reading.pictures) content.unread.push({ part: '', reason: 'no-ocr' });
  else if (reading.budget.pictures <= 0) content.unread.push({ part: '', reason: 'too-many-pictures' });
  else if (sizeOf(bytes)?.kind === 'tiff') await readTiff(bytes, reading, content);
  else {
    const lines = await reading.pictures.readLines(bytes, reading.name);
    if (lines === null) content.unread.push({ part: '', reason: 'picture-too-large' });
    else if (lines.length > 0) {
      reading.budget.pictures--;
      content.parts.push({ part: '', text: lines.join('\n') });
    }
  }
  return content;
}

async function readTiff(bytes: Uint8Array, reading: Reading, content: Content): Promise<void> {
  const { pages, left } = await reading.pictures!.readTiff(bytes, reading.name, reading.budget.pictures);
  pages.forEach((lines, at) => {
    const part = pages.length + left > 1 ? `page:${at + 1}` : '';
    reading.budget.pictures--;
    if (lines === null) content.unread.push({ part, reason: 'picture-too-large' });
    else if (lines.length > 0) content.parts.push({ part, text: lines.join('\n') });
  });
  if (left > 0) content.unread.push({ part: `page:${pages.length + 1}`, reason: 'too-many-pictures' });
}
