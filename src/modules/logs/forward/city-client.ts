/** The HTTP side of forwarding: the city's routes as functions, its refusals as our errors. */
import { fail } from '#base/errors';
import * as contract from '../contract/forward.ts';

/** A piece of 4 MiB over a thin line; what takes longer is begun anew from where it stopped. */
const patienceMs = 120_000;

export interface CityClient {
  hello(body: { installation: string; name: string; chainSeq: number; keys: readonly string[] }): Promise<{
    city: string;
    publicKey: string;
    chainSeq: number;
    link: string;
    part: { sha256: string; bytes: number } | null;
  }>;
  /** Answers how many bytes the file there has now. */
  put(place: { installation: string; sha256: string; offset: number }, piece: Uint8Array): Promise<number>;
  give(segment: contract.ForwardedSegment): Promise<contract.ForwardReceipt>;
}

/** A client for the city's address. Throws its refusals as `logs.forward_refused`, and what the network throws. */
export function cityClient(target: string, token: string): CityClient {
  const base = target.replace(/\/$/, '');
  const send = async (method: string, path: string, type: string, body: string | Uint8Array) => {
    const reply = await fetch(base + path, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': type },
      body: body as BodyInit,
      redirect: 'error',
      signal: AbortSignal.timeout(patienceMs),
    });
    if (!reply.ok) await refuse(reply);
    return (await reply.json()) as unknown;
  };
  const json = 'application/json';
  return {
    hello: async (body) => {
      const { path, reply } = contract.forwardHello;
      return reply!.parse(await send('POST', path, json, JSON.stringify(body)));
    },
    put: async ({ installation, sha256, offset }, piece) => {
      const { path, reply } = contract.forwardBytes;
      const query = new URLSearchParams({ installation, sha256, offset: String(offset) });
      const answer = await send('PUT', `${path}?${query}`, 'application/octet-stream', piece);
      return reply!.parse(answer).bytes;
    },
    give: async (segment) => {
      const { path, reply } = contract.forwardSegment;
      return reply!.parse(await send('POST', path, json, JSON.stringify(segment)));
    },
  };
}

async function refuse(reply: Response): Promise<never> {
  const text = await reply.text();
  const isJson = reply.headers.get('content-type')?.includes('json');
  const told = isJson ? (JSON.parse(text) as { code?: string; message?: { zh?: string; en?: string } }) : {};
  const en = `${told.code ?? `HTTP ${reply.status}`} ${told.message?.en ?? ''}`.trim();
  fail('logs.forward_refused', { status: reply.status, en, zh: told.message?.zh ?? en, code: told.code });
}
