/**
 * Checks chains of segments from catalogue lines alone: no database, no server. The same code checks the running system,
 * an exported file, and (with `checkFile`) the segment files beside it.
 */
import { createPublicKey, type KeyObject } from 'node:crypto';
import type {
  CatalogueLine,
  ChainCheck,
  ChainHead,
  ChainProblem,
  DropLine,
  SegmentLine,
} from '../contract/proofs.ts';
import { genesisLink, linkMetaOf, linkOf } from '../segments/chain.ts';
import { fingerprintOf, verifyLink } from '../segments/link-signature.ts';
import { DropCheck } from './check-drops.ts';

export interface CatalogueChecks {
  /** Heads that were seen earlier and kept elsewhere, e.g. from the audit log or a receipt. */
  readonly trusted?: readonly ChainHead[];
  /** Fingerprints of keys known from elsewhere; without them the keys in the catalogue are believed. */
  readonly trustedKeys?: ReadonlySet<string>;
  /** Digests of dropped days that were seen elsewhere, e.g. in the audit log. */
  readonly droppedDays?: readonly DroppedDay[];
  /** What is wrong with the segment's file; null: nothing. Without it no file is read. */
  readonly checkFile?: (segment: SegmentLine) => Promise<FileProblem | null>;
}

export interface FileProblem {
  readonly code: 'file_missing' | 'file_cut' | 'file_appended' | 'file_damaged' | 'file_other' | 'unreadable';
  readonly detail: string;
}

/** So many problems are named one by one; the rest is counted. */
const listed = 200;

/** What was dropped of one day by one plan, in all sources. */
export interface DroppedDay {
  readonly plan: string;
  readonly day: string;
  readonly digest: string;
}

interface ChainState {
  segments: number;
  records: number;
  chainSeq: number;
  link: string;
}

/** Reads all lines, goes on after a fault, and names every one of them. */
export async function verifyCatalogue(
  lines: AsyncIterable<CatalogueLine>,
  checks: CatalogueChecks = {},
): Promise<ChainCheck> {
  const check = new CatalogueCheck(checks);
  for await (const line of lines) {
    if ('catalogue' in line) check.open(line.catalogue);
    else if ('anchor' in line) check.expect(line.anchor);
    else if ('drop' in line) check.drop(line.drop);
    else await check.segment(line.segment);
  }
  return check.finish();
}

class CatalogueCheck {
  readonly #checks: CatalogueChecks;
  readonly #keys = new Map<string, KeyObject>();
  readonly #chains = new Map<string, ChainState>();
  /** Heads to be met on the way, by `chain chainSeq`. */
  readonly #expected = new Map<string, ChainHead>();
  readonly #problems: ChainProblem[] = [];
  #announced: readonly ChainHead[] = [];
  #more = 0;
  #signed = 0;
  #files = 0;
  #dropped = 0;
  #elsewhere = 0;
  #isOpened = false;
  readonly #drops = new DropCheck();

  constructor(checks: CatalogueChecks) {
    this.#checks = checks;
    for (const head of checks.trusted ?? []) this.expect(head);
  }

  open(head: Extract<CatalogueLine, { catalogue: unknown }>['catalogue']): void {
    this.#isOpened = true;
    this.#announced = head.heads;
    for (const { publicKey } of head.signers) {
      // The fingerprint is computed, not believed: a line may name another key's.
      const fingerprint = fingerprintOf(publicKey);
      const { trustedKeys } = this.#checks;
      if (!trustedKeys || trustedKeys.has(fingerprint))
        this.#keys.set(fingerprint, createPublicKey(publicKey));
    }
  }

  expect({ chain, chainSeq, link }: ChainHead): void {
    if (chainSeq === 0) return;
    const key = `${chain} ${chainSeq}`;
    const known = this.#expected.get(key);
    if (known && known.link !== link) this.#tell('forked', known, 'two kept heads differ');
    this.#expected.set(key, { chain, chainSeq, link });
  }

  drop(line: DropLine): void {
    this.#drops.expect(line);
  }

  async segment(line: SegmentLine): Promise<void> {
    const state = this.#chains.get(line.chain) ?? { segments: 0, records: 0, chainSeq: 0, link: genesisLink };
    this.#chains.set(line.chain, state);
    this.#checkLink(line, state);
    this.#checkSignature(line);
    const expected = this.#expected.get(`${line.chain} ${line.chainSeq}`);
    if (expected && expected.link !== line.link) this.#tell('forked', line, `${expected.link} was kept`);
    state.segments += 1;
    state.records += line.records;
    state.chainSeq = line.chainSeq;
    state.link = line.link;
    if (line.dropped) {
      this.#dropped += 1;
      this.#drops.note(line);
    } else await this.#checkFile(line);
  }

  async #checkFile(line: SegmentLine): Promise<void> {
    if (!this.#checks.checkFile) return;
    const problem = await this.#checks.checkFile(line);
    if (line.movedTo !== undefined && problem?.code === 'file_missing') {
      this.#elsewhere += 1;
      return;
    }
    this.#files += 1;
    if (problem) this.#tell(problem.code, line, problem.detail);
  }

  #checkLink(line: SegmentLine, state: ChainState): void {
    const next = state.chainSeq + 1;
    if (line.chainSeq !== next) {
      const detail =
        line.chainSeq > next
          ? `${next} to ${line.chainSeq - 1} are not there`
          : `${line.chainSeq} stands behind ${state.chainSeq}`;
      this.#tell('segment_missing', { chain: line.chain, chainSeq: next }, detail);
    } else if (line.prevLink !== state.link) {
      this.#tell('link_differs', line, 'it does not hang on the segment before it');
    }
    if (linkOf(line.prevLink, line.sha256, linkMetaOf(line)) !== line.link) {
      this.#tell('link_differs', line, `${line.file}: the link does not fit what the catalogue says`);
    }
    if (line.linkVersion > 1 && line.linkChain !== this.#nameOf(line))
      this.#tell('link_differs', line, `made by ${line.linkChain}`);
  }

  /** All links of one chain name one installation: the chain's own name, or the first that is met. */
  readonly #makers = new Map<string, string>();
  #nameOf(line: SegmentLine): string {
    const known = this.#makers.get(line.chain) ?? (line.chain === 'main' ? line.linkChain : line.chain);
    this.#makers.set(line.chain, known);
    return known;
  }

  #checkSignature(line: SegmentLine): void {
    if (line.linkVersion === 1) return;
    const key = this.#keys.get(line.signer ?? '');
    if (!key) {
      this.#tell('signer_unknown', line, `key ${line.signer ?? 'none'}`);
      return;
    }
    const signature = Buffer.from(line.signature ?? '', 'base64');
    if (verifyLink(line.linkChain, line.chainSeq, line.link, signature, key)) this.#signed += 1;
    else this.#tell('signature_bad', line, `key ${line.signer}`);
  }

  finish(): ChainCheck {
    if (!this.#isOpened)
      this.#tell('unreadable', { chain: '', chainSeq: 0 }, 'this is no exported catalogue');
    for (const head of this.#expected.values()) {
      const reached = this.#chains.get(head.chain)?.chainSeq ?? 0;
      if (reached < head.chainSeq) this.#tell('rolled_back', head, `the chain ends at ${reached}`);
    }
    for (const head of this.#announced) {
      const state = this.#chains.get(head.chain) ?? { chainSeq: 0, link: genesisLink };
      if (state.chainSeq !== head.chainSeq || state.link !== head.link)
        this.#tell('head_differs', head, `the segments end at ${state.chainSeq}`);
    }
    for (const detail of this.#drops.faults(this.#checks.droppedDays ?? []))
      this.#tell('drop_differs', { chain: '', chainSeq: 0 }, detail);
    return {
      chains: [...this.#chains].map(([chain, state]) => ({ chain, ...state })),
      signed: this.#signed,
      files: this.#files,
      dropped: this.#dropped,
      droppedDays: this.#drops.checked,
      elsewhere: this.#elsewhere,
      intact: this.#problems.length === 0,
      problems: this.#problems,
      more: this.#more,
    };
  }

  #tell(code: ChainProblem['code'], place: { chain: string; chainSeq: number }, detail: string): void {
    if (this.#problems.length >= listed) this.#more += 1;
    else this.#problems.push({ code, chain: place.chain, chainSeq: place.chainSeq, detail });
  }
}
