/** XML of office files as events, with a bound on nesting. */
import { Parser } from 'htmlparser2';
import { fail } from '#base/errors';

export interface XmlHandler {
  /** `name` without its namespace prefix. */
  open?(name: string, attributes: Readonly<Record<string, string>>): void;
  close?(name: string): void;
  text?(text: string): unknown;
}

/** Deepest nesting that an office program writes is far below this; beyond it the file is an attack. */
const MAX_DEPTH = 2000;

/** Parses XML; declared entities are not expanded. Fails with `scan.bomb` when it nests too deep. */
export function readXml(xml: Uint8Array, name: string, handler: XmlHandler): void {
  let depth = 0;
  const parser = new Parser(
    {
      onopentag: (tag, attributes) => {
        if (++depth > MAX_DEPTH) fail('scan.bomb', { name, limit: `${MAX_DEPTH} nested elements` });
        handler.open?.(localName(tag), attributes);
      },
      onclosetag: (tag) => {
        depth--;
        handler.close?.(localName(tag));
      },
      ontext: (text) => handler.text?.(text),
    },
    { xmlMode: true, decodeEntities: true },
  );
  const encoding =
    xml[0] === 0xff && xml[1] === 0xfe
      ? 'utf-16le'
      : xml[0] === 0xfe && xml[1] === 0xff
        ? 'utf-16be'
        : 'utf-8';
  parser.end(new TextDecoder(encoding).decode(xml));
}

const localName = (tag: string) => tag.slice(tag.indexOf(':') + 1);
