/**
 * The language of the search box: `status:>=500 method:POST -act:TCP_DENIED host:example.com "free text"`.
 *
 *     query := term*          terms stand side by side; all must hold
 *     term  := ['-'] ( field ':' value { ',' value } | text )
 *     value := ['>=' | '<=' | '>' | '<'] word | '"' … '"'
 *
 * A value in quotes is taken as it stands; `\"` is a quote within. A comma means "one of". `*` at an end of a word
 * stands for anything. Pure; the server and the UI read with the same code.
 */

/** What kind of value a field takes; `example` is what an error shows. */
export type FieldType =
  | 'address'
  | 'number'
  | 'port'
  | 'host'
  | 'mac'
  | 'word'
  | 'contains'
  | 'user'
  | 'device';

const examples: Record<FieldType, string> = {
  address: '10.1.0.10, 10.1.0.0/16, 2001:db8::/32',
  number: '500, >=500, <10000',
  port: '443, >=1024',
  host: 'example.com, "*.example.com"',
  mac: '00:11:22:33:44:55',
  word: 'POST, TCP_*',
  contains: 'login',
  user: 'zhangsan',
  device: 'PC-0123',
};

/** Every field that a term may name. What a kind of row does not have, no row of that kind matches. */
export const queryFields = {
  ip: 'address',
  port: 'port',
  host: 'host',
  mac: 'mac',
  user: 'user',
  device: 'device',
  cli: 'address',
  cport: 'port',
  dst: 'address',
  dport: 'port',
  proto: 'word',
  path: 'contains',
  method: 'word',
  status: 'number',
  act: 'word',
  up: 'number',
  dn: 'number',
  took: 'number',
  num: 'number',
  dec: 'word',
  event: 'word',
  direction: 'word',
  realm: 'word',
  pub_ip: 'address',
  pub_port: 'port',
  in_ip: 'address',
  in_port: 'port',
  dst_ip: 'address',
  dst_port: 'port',
  lo: 'port',
  hi: 'port',
  action: 'word',
  lease_seconds: 'number',
  by: 'word',
  session: 'word',
  nas: 'word',
  nas_port: 'word',
} as const satisfies Record<string, FieldType>;
export type QueryField = keyof typeof queryFields;

export type Operator = 'is' | 'gt' | 'gte' | 'lt' | 'lte';

/** One demand on a field: any of the values holds, or with `not` none does. */
export interface Condition {
  /** A name of `queryFields`, or `extra.<name>` for what a decoder found that has no column of its own. */
  readonly field: string;
  readonly type: FieldType;
  readonly not: boolean;
  readonly values: readonly { readonly op: Operator; readonly text: string }[];
  /** Where it begins in the query, from 1; 0 when it came from elsewhere. */
  readonly column: number;
}

export interface FreeText {
  readonly text: string;
  readonly not: boolean;
}

export interface ParsedQuery {
  readonly conditions: readonly Condition[];
  readonly texts: readonly FreeText[];
}

/** What is wrong with a query, and at which character (from 1). `code` is an error of the contract. */
export interface QueryFault {
  readonly code:
    | 'logs.query_field'
    | 'logs.query_value'
    | 'logs.query_quote'
    | 'logs.query_text'
    | 'logs.query_too_long';
  readonly column: number;
  readonly details: Readonly<Record<string, string | number>>;
}

const maxTerms = 40;

/** Reads a query; answers the fault instead when it cannot be read. Never throws. */
export function parseQuery(text: string): ParsedQuery | QueryFault {
  const conditions: Condition[] = [];
  const texts: FreeText[] = [];
  const reader = new Reader(text);
  for (let terms = 0; reader.skipBlanks(); terms += 1) {
    if (terms === maxTerms) return fault('logs.query_too_long', reader.column, { most: maxTerms });
    const term = readTerm(reader);
    if ('code' in term) return term;
    if ('field' in term) conditions.push(term);
    else texts.push(term);
  }
  return { conditions, texts };
}

export function isFault(parsed: ParsedQuery | QueryFault): parsed is QueryFault {
  return 'code' in parsed;
}

function readTerm(reader: Reader): Condition | FreeText | QueryFault {
  const column = reader.column;
  const not = reader.take('-');
  const name = reader.fieldName();
  if (name === undefined) {
    const at = reader.column;
    const isQuoted = reader.isAtQuote();
    const word = reader.value();
    if (typeof word !== 'string') return fault('logs.query_quote', word.column, { column: word.column });
    // A mark that stands alone is a slip, and what it finds is nearly everything; in quotes it is meant.
    const saysSomething = isQuoted ? word !== '' : /[\p{L}\p{N}]/u.test(word);
    if (!saysSomething) return fault('logs.query_text', at, { column: at, text: word.slice(0, 60) });
    return { text: word, not };
  }
  const type = typeOf(name);
  if (type === undefined) {
    const known = Object.keys(queryFields).join(', ');
    return fault('logs.query_field', column, { column, field: name, known });
  }
  return readValues(reader, { field: name, type, not, column });
}

function readValues(reader: Reader, head: Omit<Condition, 'values'>): Condition | QueryFault {
  const values: { op: Operator; text: string }[] = [];
  do {
    const column = reader.column;
    const op = reader.operator();
    const text = reader.value(true);
    if (typeof text !== 'string') return fault('logs.query_quote', text.column, { column: text.column });
    if (!isValueOf(head.type, op, text)) {
      return fault('logs.query_value', column, {
        column,
        field: head.field,
        value: text.slice(0, 60),
        example: examples[head.type],
      });
    }
    values.push({ op, text });
  } while (reader.take(','));
  return { ...head, values };
}

function typeOf(name: string): FieldType | undefined {
  if (/^extra\.[\w.-]{1,60}$/.test(name)) return 'word';
  return (queryFields as Record<string, FieldType>)[name];
}

const protocols: Readonly<Record<string, number>> = { icmp: 1, tcp: 6, udp: 17, icmp6: 58 };

/** The number of a protocol given by name or number; `undefined` when it is neither. */
export function protocolOf(text: string): number | undefined {
  const named = protocols[text.toLowerCase()];
  if (named !== undefined) return named;
  return /^\d{1,3}$/.test(text) && Number(text) <= 255 ? Number(text) : undefined;
}

/** Whether a value can be one of the type. */
export function isValueOf(type: FieldType, op: Operator, text: string): boolean {
  if (text === '' || text.length > 400) return false;
  if (type !== 'number' && type !== 'port' && op !== 'is') return false;
  if (type === 'number') return /^\d{1,15}$/.test(text);
  if (type === 'port') return /^\d{1,5}$/.test(text) && Number(text) <= 65535;
  if (type === 'mac') return macOf(text) !== '';
  if (type === 'address') return isAddress(text);
  return true;
}

/** `00-11-22-33-44-55` and `0011.2233.4455` as `00:11:22:33:44:55`; '' when it is no MAC. */
export function macOf(text: string): string {
  const digits = text.toLowerCase().replace(/[^0-9a-f]/g, '');
  return digits.length === 12 && /^[0-9a-fA-F:.-]+$/.test(text) ? digits.match(/../g)!.join(':') : '';
}

function isAddress(text: string): boolean {
  const slash = text.indexOf('/');
  const address = slash < 0 ? text : text.slice(0, slash);
  const isV6 = address.includes(':');
  if (slash >= 0) {
    const bits = text.slice(slash + 1);
    if (!/^\d{1,3}$/.test(bits) || Number(bits) > (isV6 ? 128 : 32)) return false;
  }
  return isV6 ? isV6Text(address) : /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/.test(address);
}

function isV6Text(text: string): boolean {
  try {
    return new URL(`http://[${text}]/`).hostname.length > 2;
  } catch {
    // No address: the question that is asked here.
    return false;
  }
}

function fault(code: QueryFault['code'], column: number, details: QueryFault['details']): QueryFault {
  return { code, column, details };
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get column(): number {
    return this.#at + 1;
  }

  /** False at the end. */
  skipBlanks(): boolean {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at += 1;
    return this.#at < this.#text.length;
  }

  take(mark: string): boolean {
    if (this.#text[this.#at] !== mark) return false;
    // A lone dash is text.
    if (mark === '-' && /^(?:\s|$)/.test(this.#text.slice(this.#at + 1))) return false;
    this.#at += 1;
    return true;
  }

  fieldName(): string | undefined {
    const name = /^[A-Za-z][\w.-]*(?=:)/.exec(this.#text.slice(this.#at))?.[0];
    // `http://…` and `C:\…` are text.
    if (name === undefined || /^[/\\]/.test(this.#text.slice(this.#at + name.length + 1))) return undefined;
    this.#at += name.length + 1;
    return name;
  }

  operator(): Operator {
    const mark = /^(?:>=|<=|>|<)/.exec(this.#text.slice(this.#at))?.[0] ?? '';
    this.#at += mark.length;
    return ({ '>=': 'gte', '<=': 'lte', '>': 'gt', '<': 'lt' } as const)[mark] ?? 'is';
  }

  isAtQuote(): boolean {
    return this.#text[this.#at] === '"';
  }

  /** A quoted text or a word; with `listed` a comma ends the word. The column of a quote that nothing closes. */
  value(listed = false): string | { column: number } {
    const rest = this.#text.slice(this.#at);
    if (!rest.startsWith('"')) {
      const word = (listed ? /^[^\s,]*/ : /^\S*/).exec(rest)![0];
      this.#at += word.length;
      return word;
    }
    const quoted = /^"((?:[^"\\]|\\[\s\S])*)"/.exec(rest);
    if (!quoted) return { column: this.column };
    this.#at += quoted[0].length;
    return quoted[1]!.replace(/\\([\s\S])/g, '$1');
  }
}
