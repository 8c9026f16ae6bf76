/** The words of an XML whose elements nobody described here: texts, and the attributes that hold more than a measure or a name. */
import { readXml } from './read-xml.ts';

/** Attributes that tell how, not what. */
const TECHNICAL =
  /^(?:xmlns(?::.*)?|.*:?(?:id|uri|type|style|class|rsid\w*|Requires|Ignorable|schemaLocation|ContentType|PartName|lang|uid))$/i;

/** Every text on a line of its own (a paragraph's runs are one text), attributes after. `without`: elements that another reader reads. */
export function readTexts(xml: Uint8Array, name: string, without = ''): string {
  let text = '';
  const attributes: string[] = [];
  let left = 0;
  readXml(xml, name, {
    open: (tag, at) => {
      if (tag === without) left++;
      for (const [key, value] of Object.entries(at)) if (isWordy(key, value)) attributes.push(value);
    },
    text: (more) => {
      if (left === 0) text += more;
    },
    close: (tag) => {
      if (tag === without) left--;
      // Runs of a paragraph are one text.
      else if (!/^(?:t|r|t?span)$/.test(tag) && !text.endsWith('\n')) text += '\n';
    },
  });
  return [text.trim(), ...new Set(attributes)].filter((one) => one !== '').join('\n');
}

/** Chinese, an address with a sign of one, or digits long enough to be somebody's. */
export function isWordy(key: string, value: string): boolean {
  if (TECHNICAL.test(key)) return false;
  return /\p{Script=Han}|\w@\w|:\/\/|\d{11}/u.test(value) || /[a-z]{2,} [a-z]{2,}/i.test(value);
}
