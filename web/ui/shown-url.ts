/**
 * An address as people read it, at most 200 characters: `名单.xlsx`, not `%E5%90%8D%E5%8D%95.xlsx`. What would command the
 * line (control characters, marks of direction: Unicode UAX #9) or hide in it stays encoded, and so does what is no UTF-8.
 */
export function shownUrl(url: string): string {
  const readable = url.replace(/(?:%[89a-f][0-9a-f])+/gi, (encoded) => {
    try {
      const text = decodeURIComponent(encoded);
      return /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/u.test(text) ? encoded : text;
    } catch {
      // Another encoding, as GBK: nobody said which.
      return encoded;
    }
  });
  return readable.slice(0, 200);
}
