/**
 * The answer of CAS 3 to `/p3/serviceValidate`, read strictly: no entities, no DOCTYPE, no comments, one user.
 * A lenient reader was the way into more than one product: `a<!-- -->b` read as `a`, a second user element that wins.
 */
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { fail } from '#base/errors';
import { objectOf, textOf } from './provider-http.ts';

export interface CasSuccess {
  readonly user: string;
  readonly attributes: Readonly<Record<string, string>>;
}

const namespace = 'http://www.yale.edu/tp/cas';

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  processEntities: false,
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: true,
  // Everything may repeat; what must not is counted below.
  isArray: (_name, _path, _leaf, isAttribute) => !isAttribute,
});

function bad(reason: string): never {
  return fail('auth.sso_bad_answer', { reason: `CAS: ${reason}` });
}

/** Reads the XML form. Throws `auth.sso_bad_answer`; a refused ticket is one, with the server's code as reason. */
export function readCasXml(text: string): CasSuccess {
  if (text.length > 256 * 1024) bad('the answer is too long');
  const body = text.replace(/^\uFEFF?\s*<\?xml[^?]*\?>/, '');
  // DOCTYPE, entities, comments, CDATA and processing instructions: a CAS server needs none of them.
  if (/<[!?]/.test(body)) bad('markup that is not allowed');
  if (XMLValidator.validate(body) !== true) bad('not well-formed XML');
  const response = rootOf(parser.parse(body) as Node);
  const failure = response['cas:authenticationFailure'];
  const successes = response['cas:authenticationSuccess'];
  if (failure !== undefined) {
    bad(`ticket refused: ${String(objectOf((failure as unknown[])[0])['@code'] ?? '').slice(0, 60)}`);
  }
  const success = only(successes, 'authenticationSuccess');
  if (success['cas:proxies'] !== undefined) bad('a proxy ticket');
  return { user: userOf(success['cas:user']), attributes: attributesOf(success['cas:attributes']) };
}

type Node = Record<string, unknown>;

function rootOf(document: Node): Node {
  const names = Object.keys(document);
  if (names.length !== 1 || names[0] !== 'cas:serviceResponse') bad('not a serviceResponse');
  const root = only(document['cas:serviceResponse'], 'serviceResponse');
  if (root['@xmlns:cas'] !== namespace) bad('another namespace');
  return root;
}

function only(value: unknown, name: string): Node {
  if (!Array.isArray(value) || value.length !== 1) bad(`not exactly one ${name}`);
  return objectOf(value[0]);
}

function userOf(value: unknown): string {
  if (!Array.isArray(value) || value.length !== 1 || typeof value[0] !== 'string')
    bad('not exactly one user');
  return textOf(decode(value[0]), 255) ?? bad('no user');
}

function attributesOf(value: unknown): Record<string, string> {
  if (value === undefined) return {};
  const found: Record<string, string> = Object.create(null);
  for (const [name, values] of Object.entries(only(value, 'attributes'))) {
    // Several values, or elements inside: no one text that could be matched.
    if (!Array.isArray(values) || values.length !== 1 || typeof values[0] !== 'string') continue;
    const text = textOf(decode(values[0]));
    if (name.startsWith('cas:') && text) found[name.slice(4)] = text;
  }
  return found;
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** The five entities of XML 1.0 §4.6 and character references; any other is refused. */
function decode(text: string): string {
  return text.replace(/&([^;\s]{0,12});?/g, (whole, name: string) => {
    const plain = entities[name];
    if (plain && whole.endsWith(';')) return plain;
    const number = /^#x([0-9a-f]{1,6})$/i.exec(name)?.[1] ?? /^#(\d{1,7})$/.exec(name)?.[1];
    const code = number === undefined ? Number.NaN : Number.parseInt(number, /^#x/i.test(name) ? 16 : 10);
    if (!whole.endsWith(';') || !(code >= 0x20 && code <= 0x10ffff)) return bad('an unknown entity');
    return String.fromCodePoint(code);
  });
}

/** Reads the JSON form (`format=JSON`). Throws `auth.sso_bad_answer`. */
export function readCasJson(answer: Record<string, unknown>): CasSuccess {
  const response = objectOf(answer.serviceResponse);
  if (response.authenticationFailure !== undefined) {
    bad(`ticket refused: ${String(objectOf(response.authenticationFailure).code ?? '').slice(0, 60)}`);
  }
  const success = objectOf(response.authenticationSuccess);
  const proxies = success.proxies;
  if (proxies !== undefined && !(Array.isArray(proxies) && proxies.length === 0)) bad('a proxy ticket');
  const user = typeof success.user === 'string' ? textOf(success.user, 255) : undefined;
  const attributes: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(objectOf(success.attributes))) {
    const text = textOf(Array.isArray(value) && value.length === 1 ? value[0] : value);
    if (text) attributes[name] = text;
  }
  return { user: user ?? bad('no user'), attributes };
}

/** The ticket that a back-channel `logoutRequest` names, or undefined when it is none (SAML 2 LogoutRequest). */
export function ticketOfLogout(text: string): string | undefined {
  const body = text.replace(/^\uFEFF?\s*<\?xml[^?]*\?>/, '');
  if (body.length > 16 * 1024 || /<[!?]/.test(body) || XMLValidator.validate(body) !== true) return undefined;
  const document = parser.parse(body) as Node;
  const [name, ...more] = Object.keys(document);
  if (name === undefined || more.length > 0 || !/^(?:\w+:)?LogoutRequest$/.test(name)) return undefined;
  const request = objectOf((document[name] as unknown[])[0]);
  const found = Object.entries(request).filter(([key]) => /^(?:\w+:)?SessionIndex$/.test(key));
  const values = found.length === 1 ? (found[0]![1] as unknown[]) : [];
  const value = values.length === 1 ? values[0] : undefined;
  const ticket = typeof value === 'string' ? value : objectOf(value)['#text'];
  return typeof ticket === 'string' && isServiceTicket(ticket) ? ticket : undefined;
}

/** CAS Protocol 3.0 §3.1: service tickets begin with `ST-`; proxy tickets (`PT-`) are for another use. */
export function isServiceTicket(text: string): boolean {
  return /^ST-[A-Za-z0-9._-]{1,250}$/.test(text);
}
