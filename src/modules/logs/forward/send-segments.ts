import { createPublicKey } from 'node:crypto';
import { open } from 'node:fs/promises';
import { hostname } from 'node:os';
import { type App, type Ctx, systemActor } from '#base/app';
import { fail } from '#base/errors';
import type { Problem } from '#base/role-health';
import { after } from '#base/timers';
import type { ForwardedSegment, ForwardReceipt } from '../contract/forward.ts';
import { registeredKeys } from '../installation-keys.ts';
import { lineOf } from '../prove/read-catalogue.ts';
import { segmentPath } from '../read-record.ts';
import { ownChain } from '../register-segments.ts';
import { genesisLink } from '../segments/chain.ts';
import { verifyReceipt } from '../segments/receipt.ts';
import { findSource, type SegmentRow, type SourceRow } from '../store/catalogue.ts';
import { allSigners, chainSegments, installationId } from '../store/chain-store.ts';
import * as store from '../store/forward-store.ts';
import { type CityClient, cityClient } from './city-client.ts';

/** A piece is durable over there when it is answered: what breaks off loses at most this. */
const pieceBytes = 4 * 1024 * 1024;
/** Between looks for new segments, and the longest wait after failures. */
const idleMs = 2_000;
const longestWaitMs = 60_000;

interface City {
  readonly id: string;
  readonly publicKey: string;
  /** How far the city has our chain, and how far we hold its receipts: an answer may have been lost. */
  chainSeq: number;
  link: string;
  receiptSeq: number;
  part: { readonly sha256: string; readonly bytes: number } | null;
}

/** Sends this installation's sealed segments in the order of their chain, one after another, until stopped. */
export class Forwarder {
  readonly #app: App;
  readonly #client: CityClient;
  readonly #target: string;
  readonly #actor = systemActor('logs.forward');
  #city: City | null = null;
  #failures = 0;
  #problem: string | null = null;
  /** The state of rest is written once, not at every look. */
  #isNoted = false;
  #isStopped = false;
  #running: Promise<void> = Promise.resolve();
  #wake: () => void = () => {};

  constructor(app: App) {
    const { forwardTo, forwardToken } = app.config;
    this.#app = app;
    this.#target = forwardTo ?? '';
    this.#client = cityClient(this.#target, forwardToken ?? '');
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#wake();
    await this.#running;
  }

  /** Why nothing goes through at the moment; null: it does. */
  get problem(): string | null {
    return this.#problem;
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      let wait = idleMs;
      try {
        if (await this.sendNext()) wait = 0;
      } catch (error) {
        wait = Math.min(longestWaitMs, 1000 * 2 ** Math.min(this.#failures, 6));
        await this.#noteFailure(error as Error & { code?: string });
      }
      if (wait > 0) await this.#sleep(wait);
    }
  }

  #sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = after(milliseconds, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }

  /** Sends one segment and keeps its receipt. False: there was none to send. Throws what stands against it. */
  async sendNext(): Promise<boolean> {
    this.#city ??= await this.#greet();
    const city = this.#city;
    const next = await this.#app.run(this.#actor, (ctx) => segmentAfter(ctx, city));
    if (!next) {
      await this.#noteState({ sent: 0, all: 0 }, false);
      return false;
    }
    try {
      if (next.segment.chain_seq > city.chainSeq) await this.#sendFile(next.installation, next.segment, city);
      const receipt = await this.#client.give(offerOf(next.installation, next.segment, next.source));
      await this.#keep(next.installation, next.segment, receipt, city);
    } catch (error) {
      // Whatever it was, the other side says anew how far it has come.
      this.#city = null;
      throw error;
    }
    return true;
  }

  async #greet(): Promise<City> {
    const told = await this.#app.run(this.#actor, async (ctx) => {
      // Also before the first sealing: the keys of the first call are the ones that are believed.
      await registeredKeys(ctx);
      return {
        installation: await installationId(ctx),
        head: await store.headOf(ctx, ownChain),
        keys: (await allSigners(ctx)).map((row) => row.public_key),
        receipt: await store.lastReceipt(ctx),
      };
    });
    const { installation, head, keys, receipt } = told;
    const name = hostname().slice(0, 60);
    const reply = await this.#client.hello({ installation, name, chainSeq: head.chain_seq, keys });
    // The key of the first receipt is the city's: a stranger at the same address is not given our logs.
    if (receipt && receipt.public_key !== reply.publicKey)
      fail('logs.forward_city_changed', { target: this.#target });
    if (receipt && receipt.chain_seq > reply.chainSeq)
      fail('logs.forward_city_behind', { ours: receipt.chain_seq, theirs: reply.chainSeq });
    const here = await this.#app.run(this.#actor, (ctx) => store.linkAt(ctx, ownChain, reply.chainSeq));
    if (reply.chainSeq > 0 && here !== reply.link) fail('logs.forward_forked', { place: reply.chainSeq });
    const { chainSeq, link, part, publicKey } = reply;
    const receiptSeq = receipt?.chain_seq ?? 0;
    return { id: reply.city, publicKey, chainSeq, link, receiptSeq, part };
  }

  async #sendFile(installation: string, segment: SegmentRow, city: City): Promise<void> {
    const handle = await open(await segmentPath(this.#app, segment));
    try {
      const { size } = await handle.stat();
      let offset = city.part?.sha256 === segment.sha256 ? Math.min(city.part.bytes, size) : 0;
      while (offset < size && !this.#isStopped) {
        const piece = Buffer.alloc(Math.min(this.#pieceBytes(), size - offset));
        const { bytesRead } = await handle.read(piece, 0, piece.length, offset);
        const place = { installation, sha256: segment.sha256, offset };
        offset = await this.#client.put(place, piece.subarray(0, bytesRead));
        await this.#noteState({ sent: offset, all: size }, true);
        await this.#keepToLimit(bytesRead);
      }
      if (offset < size) throw new Error('stopped on the way');
    } finally {
      await handle.close();
    }
  }

  /** With a limit a piece is at most what two seconds allow, so that the line is not taken in gulps. */
  #pieceBytes(): number {
    const limit = this.#app.config.forwardKbps * 125;
    return limit > 0 ? Math.max(16_384, Math.min(pieceBytes, 2 * limit)) : pieceBytes;
  }

  async #keepToLimit(bytes: number): Promise<void> {
    const limit = this.#app.config.forwardKbps * 125;
    if (limit > 0 && !this.#isStopped) await this.#sleep((bytes / limit) * 1000);
  }

  /** A receipt that does not hold is none: the segment counts as not sent. */
  async #keep(installation: string, segment: SegmentRow, receipt: ForwardReceipt, city: City): Promise<void> {
    const facts = {
      installation,
      chainSeq: segment.chain_seq,
      link: segment.link,
      city: city.id,
      receivedAt: receipt.receivedAt,
    };
    const signature = Buffer.from(receipt.signature, 'base64');
    if (!verifyReceipt(facts, signature, createPublicKey(city.publicKey)))
      fail('logs.forward_bad_receipt', { place: segment.chain_seq });
    await this.#app.run(this.#actor, (ctx) =>
      store.insertReceipt(ctx, {
        chain_seq: segment.chain_seq,
        link: segment.link,
        city: city.id,
        received_at: receipt.receivedAt,
        public_key: city.publicKey,
        signature,
      }),
    );
    city.receiptSeq = segment.chain_seq;
    if (segment.chain_seq > city.chainSeq) {
      city.chainSeq = segment.chain_seq;
      city.link = segment.link;
    }
    city.part = null;
    await this.#noteState({ sent: 0, all: 0 }, true);
  }

  async #noteState(bytes: { sent: number; all: number }, isProgress: boolean): Promise<void> {
    if (!isProgress && this.#failures === 0 && this.#problem === null && this.#isNoted) return;
    this.#failures = 0;
    this.#problem = null;
    await this.#write(bytes, this.#app.clock.now());
    this.#isNoted = true;
  }

  async #noteFailure(error: Error & { code?: string }): Promise<void> {
    this.#failures += 1;
    const cause = (error.cause as { code?: string } | undefined)?.code;
    this.#problem = `${error.code ?? cause ?? error.name}: ${error.message}`.slice(0, 500);
    this.#app.log.warn({ err: error, failures: this.#failures }, 'segments could not be forwarded yet');
    try {
      await this.#write({ sent: 0, all: 0 }, null);
    } catch (failed) {
      this.#app.log.error({ err: failed }, 'the state of forwarding could not be kept');
    }
  }

  async #write({ sent, all }: { sent: number; all: number }, done: Date | null): Promise<void> {
    const tried = this.#app.clock.now();
    await this.#app.run(this.#actor, (ctx) =>
      store.writeState(ctx, {
        target: this.#target,
        tried_at: tried,
        done_at: done,
        sent_bytes: sent,
        all_bytes: all,
        failures: this.#failures,
        problem: this.#problem,
      }),
    );
  }
}

async function segmentAfter(ctx: Ctx, city: City) {
  const { receiptSeq } = city;
  const [segment] = await chainSegments(ctx, ownChain, receiptSeq, Number.MAX_SAFE_INTEGER, 1);
  if (!segment) return undefined;
  // What the other side has must be ours, or the new one would hang on nothing there.
  const isNext = segment.chain_seq === city.chainSeq + 1;
  if (isNext && segment.prev_link !== (city.chainSeq === 0 ? genesisLink : city.link))
    fail('logs.forward_forked', { place: segment.chain_seq });
  const source = (await findSource(ctx, { id: segment.source_id }))!;
  return { segment, source, installation: await installationId(ctx) };
}

function offerOf(installation: string, row: SegmentRow, source: SourceRow): ForwardedSegment {
  const {
    chain: _chain,
    linkChain: _linkChain,
    file: _file,
    movedTo: _moved,
    dropped: _dropped,
    ...rest
  } = lineOf(row);
  const { linkVersion, ...line } = rest;
  return {
    ...line,
    installation,
    linkVersion: linkVersion === 1 ? 1 : 2,
    source: {
      id: String(source.id),
      name: source.name,
      format: source.format,
      realm: source.realm,
      zone: source.zone,
      leaseSeconds: source.lease_seconds,
      host: source.host,
      fixedYear: source.fixed_year,
      toleranceSeconds: Number(source.tolerance_seconds),
    },
  };
}

/** What an operator must know of the forwarding, in words. */
export function forwardProblems(forwarder: Pick<Forwarder, 'problem'> | null): Problem[] {
  if (!forwarder?.problem) return [];
  return [
    {
      zh: '封存日志暂时无法转发到上级，正在重试；原因见“日志转发”页或 jiaodun logs forward status',
      en: 'sealed logs cannot be forwarded at the moment; it is tried again. The page of forwarders and jiaodun logs forward status tell why',
    },
  ];
}
