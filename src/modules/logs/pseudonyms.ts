/**
 * What stands for the name of a person or a device: the same name gives the same token within a month and a unit, and
 * nobody without the installation's key can tell or guess the name from it (rule 7).
 *
 *     key   = HMAC-SHA-256(<data>/keys/pseudonyms.key, 'logs' ‖ unit ‖ month)
 *     token = month '-' first 16 hex digits of HMAC-SHA-256(key, kind ‖ realm ‖ name)
 *
 * The unit is the last label of its path, which a move keeps. Rows of before keys have the unkeyed token
 * (`unkeyedToken`): they stay as they are, and a search for a plain name looks for both.
 */
import { createHash, createHmac } from 'node:crypto';
import { join } from 'node:path';
import type { App } from '#base/app';
import { loadOrCreateSecret } from '#base/keys';

export type NameKind = 'user' | 'device';

/** Whose key it is: the unit that owns the source, and the routing domain in which names are unique. */
export interface NameScope {
  readonly unitPath: string;
  readonly realm: string;
}

const chinaOffset = 8 * 3_600_000;
const maxRemembered = 20_000;

/** Works out tokens with the keys of one installation. */
export class Pseudonyms {
  readonly #master: Buffer;
  readonly #keys = new Map<string, Buffer>();
  #remembered = new Map<string, string>();

  constructor(master: Buffer) {
    this.#master = master;
  }

  /** The token of a name at a time (epoch ms); '' for no name. */
  tokenOf(kind: NameKind, scope: NameScope, name: string, ts: number): string {
    if (name === '') return '';
    const month = monthOf(ts);
    const asked = `${month}\0${scope.unitPath}\0${kind}\0${scope.realm}\0${name}`;
    const known = this.#remembered.get(asked);
    if (known !== undefined) return known;
    const text = `${kind}\0${scope.realm}\0${normalName(name)}`;
    const hash = createHmac('sha256', this.#keyOf(scope.unitPath, month)).update(text, 'utf8').digest('hex');
    const token = `${month}-${hash.slice(0, 16)}`;
    if (this.#remembered.size >= maxRemembered) this.#remembered = new Map();
    this.#remembered.set(asked, token);
    return token;
  }

  /** Every token that a user name may have in the rows of these scopes between two times. */
  tokensOf(name: string, scopes: readonly NameScope[], from: Date, to: Date): string[] {
    const found = new Set<string>();
    const months = monthsBetween(from, to);
    for (const scope of scopes) {
      found.add(unkeyedToken(scope.realm, name));
      for (const at of months) found.add(this.tokenOf('user', scope, name, at));
    }
    return [...found];
  }

  #keyOf(unitPath: string, month: string): Buffer {
    const unit = unitPath.slice(unitPath.lastIndexOf('.') + 1);
    const id = `${unit}\0${month}`;
    let key = this.#keys.get(id);
    if (!key) {
      key = createHmac('sha256', this.#master).update(`logs\0${id}`, 'utf8').digest();
      this.#keys.set(id, key);
    }
    return key;
  }
}

const loaded = new Map<string, Promise<Pseudonyms>>();

/** The pseudonyms of this installation; its key is made on first use. */
export function pseudonymsOf(app: Pick<App, 'config'>): Promise<Pseudonyms> {
  const folder = join(app.config.dataDir, 'keys');
  let found = loaded.get(folder);
  if (!found) {
    found = loadOrCreateSecret(folder, 'pseudonyms').then((master) => new Pseudonyms(master));
    loaded.set(folder, found);
    found.catch(() => loaded.delete(folder));
  }
  return found;
}

/** Whether a text is a token, of now or of before keys, and not a name. */
export function isToken(text: string): boolean {
  return /^(?:\d{4}-)?[0-9a-f]{16}$/.test(text);
}

/** What rows that were written before keys have for a user name. */
export function unkeyedToken(realm: string, user: string): string {
  return createHash('sha256').update(`${realm}\0${user}`, 'utf8').digest('hex').slice(0, 16);
}

/** Directories do not tell `ZhangSan` from `zhangsan`. */
function normalName(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

/** `2611`: the month in China. */
function monthOf(ts: number): string {
  const day = new Date(ts + chinaOffset);
  return `${String(day.getUTCFullYear() % 100).padStart(2, '0')}${String(day.getUTCMonth() + 1).padStart(2, '0')}`;
}

/** A moment in each month that the window touches; no further than ten years. */
function monthsBetween(from: Date, to: Date): number[] {
  const found = [from.getTime()];
  const start = new Date(from.getTime() + chinaOffset);
  for (let i = 1; i <= 120; i += 1) {
    const at = Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + i, 1) - chinaOffset;
    if (at >= to.getTime()) break;
    found.push(at);
  }
  return found;
}

/** What the rows of a source have for the user names in its lines. */
export async function userTokensOf(
  app: Pick<App, 'config'>,
  source: { readonly unit_path: string; readonly realm: string },
): Promise<(user: string, ts: number) => string> {
  const pseudonyms = await pseudonymsOf(app);
  const scope = { unitPath: source.unit_path, realm: source.realm };
  return (user, ts) => pseudonyms.tokenOf('user', scope, user, ts);
}
