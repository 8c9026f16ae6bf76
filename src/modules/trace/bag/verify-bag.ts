/** `jiaodun trace verify`: raw lines → facts → outcome, from the bag alone. No server, no network, no clock. */
import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { openItem, verifyBag } from '#evidence';
import { offline, type taking } from '#logs';
import { recordProof } from '#logs/contract';
import { decideTrace, type TraceOutcome } from '../engine/decide.ts';
import type { TraceFacts, TraceQuestion } from '../engine/facts.ts';
import { type AnyFact, differencesOf, logFactsOf } from './match-line.ts';

export const bagItems = {
  question: 'items/question.json',
  facts: 'items/facts.json',
  lines: 'items/lines.ndjson',
  outcome: 'items/outcome.json',
} as const;

interface Problem {
  readonly item: string;
  readonly problem: string;
}

export interface BagVerification {
  /** `incomplete`: nothing is wrong, but not everything could be checked (a line with a sealed name). */
  readonly result: 'pass' | 'fail' | 'incomplete';
  readonly problems: readonly Problem[];
  /** What could not be checked, and why. */
  readonly notes: readonly Problem[];
  /** Lines in the bag, those read again into facts, and those whose place in a sealed segment is proven. */
  readonly lines: number;
  readonly rebuilt: number;
  readonly proven: number;
  /** Lines whose place only the bag's signature states: what came with them is not in the bag. */
  readonly stated: number;
  /** The verdict as worked out now; null when that was not possible, and of a bag that fails. */
  readonly verdict: TraceOutcome['verdict'] | null;
}

interface Asked {
  readonly question: TraceQuestion;
}

const nothingRead = {
  result: 'fail',
  notes: [],
  lines: 0,
  rebuilt: 0,
  proven: 0,
  stated: 0,
  verdict: null,
} as const;

class Check {
  readonly problems: Problem[] = [];
  readonly notes: Problem[] = [];
  rebuilt = 0;
  proven = 0;
  stated = 0;

  wrong(item: string, problem: string): void {
    this.problems.push({ item, problem });
  }

  note(item: string, problem: string): void {
    this.notes.push({ item, problem });
  }
}

/** Checks a bag with a public key (PEM) and works its answer out again. Fails with `evidence.unreadable`, `evidence.bad_key`. */
export async function verifyTraceBag(file: string, publicPem: string): Promise<BagVerification> {
  const sealed = await verifyBag(file, publicPem);
  const check = new Check();
  for (const { item, problem } of sealed.result === 'incomplete' ? [] : sealed.problems)
    check.wrong(item, problem);
  if (sealed.result === 'incomplete')
    for (const { item, problem } of sealed.problems) check.note(item, problem);
  // What nobody known has signed says nothing, not even what is missing from it.
  const { bag } = sealed;
  if (!bag) return { ...nothingRead, problems: check.problems };
  const read = async (path: string) => openItem(file, bag, path);
  const question = parse<Asked>(check, bagItems.question, await read(bagItems.question))?.question;
  const facts = parse<TraceFacts>(check, bagItems.facts, await read(bagItems.facts));
  const outcome = parse<TraceOutcome>(check, bagItems.outcome, await read(bagItems.outcome));
  const lines = readLines(check, await read(bagItems.lines));
  let verdict: TraceOutcome['verdict'] | null = null;
  if (question && facts && facts.version !== 1)
    check.wrong(bagItems.facts, `version ${facts.version} is not known here`);
  else if (question && facts) {
    try {
      checkLines(check, question, facts, lines);
      verdict = checkOutcome(check, question, facts, outcome);
    } catch (error) {
      // Facts that somebody changed may be anything: what cannot be worked out is as wrong as what comes out otherwise.
      check.wrong(bagItems.facts, `nothing can be worked out from them: ${(error as Error).message}`);
    }
  }
  const { problems, notes, rebuilt, proven, stated } = check;
  const result = problems.length > 0 ? 'fail' : notes.length > 0 ? 'incomplete' : 'pass';
  // A verdict from a bag that does not hold would be read as one.
  const told = result === 'fail' ? null : verdict;
  return { result, problems, notes, lines: lines.size, rebuilt, proven, stated, verdict: told };
}

function parse<T>(check: Check, item: string, bytes: Buffer | undefined): T | undefined {
  if (!bytes) {
    check.wrong(item, 'is not in the bag');
    return undefined;
  }
  try {
    return JSON.parse(bytes.toString('utf8')) as T;
  } catch {
    check.wrong(item, 'is not JSON');
    return undefined;
  }
}

type Line = taking.TakenRecord;

function readLines(check: Check, bytes: Buffer | undefined): Map<string, Line> {
  const lines = new Map<string, Line>();
  if (!bytes) check.wrong(bagItems.lines, 'is not in the bag');
  for (const [index, text] of (bytes?.toString('utf8') ?? '').split('\n').entries()) {
    if (text === '') continue;
    const line = parse<Line>(check, `${bagItems.lines}:${index + 1}`, Buffer.from(text));
    if (line) lines.set(`${line.segment}:${line.seq}`, line);
  }
  return lines;
}

function checkLines(
  check: Check,
  question: TraceQuestion,
  facts: TraceFacts,
  lines: ReadonlyMap<string, Line>,
): void {
  const used = new Set<string>();
  for (const one of logFactsOf(facts)) {
    const place = `${one.fact.segment}:${one.fact.seq}`;
    const item = `${bagItems.lines} ${place}`;
    const line = lines.get(place);
    if (!line) check.wrong(item, 'a fact rests on this line, and it is not in the bag');
    else {
      if (!used.has(place)) {
        checkPlace(check, item, line);
        // What it was read with is as much evidence as the line itself.
        for (const other of line.others ?? [])
          checkPlace(check, `${bagItems.lines} ${other.segment}:${other.seq}`, other);
      }
      checkFact(check, item, line, one, question);
    }
    used.add(place);
  }
  for (const place of lines.keys()) {
    if (!used.has(place)) check.wrong(`${bagItems.lines} ${place}`, 'no fact rests on this line');
  }
}

/** The bytes are those of the hash, and of the sealed segment. */
function checkPlace(
  check: Check,
  item: string,
  line: Pick<Line, 'segment' | 'seq' | 'bytes' | 'sha256' | 'proof' | 'unproven'>,
): void {
  if (line.bytes === null) {
    check.note(item, 'the line holds a sealed name: only its hash is in the bag');
    return;
  }
  const bytes = Buffer.from(line.bytes, 'base64');
  if (createHash('sha256').update(bytes).digest('hex') !== line.sha256)
    check.wrong(item, 'the bytes do not have this SHA-256');
  const { proof } = line;
  if (!proof) {
    check.stated += 1;
    return;
  }
  // A bag that somebody changed may hold anything in its place.
  const read = recordProof.safeParse(proof);
  const isThis = proof.segment === line.segment && proof.seq === line.seq && proof.record === line.bytes;
  const fault = !read.success ? 'form' : isThis ? offline.faultOfProof(read.data) : 'record';
  if (fault) check.wrong(item, `the proof of its place does not hold: ${fault}`);
  else check.proven += 1;
}

function checkFact(check: Check, item: string, line: Line, one: AnyFact, question: TraceQuestion): void {
  const { fact } = one;
  if (fact.sourceId !== line.sourceId)
    check.wrong(item, `a fact names source ${fact.sourceId}, the line is of ${line.sourceId}`);
  if (one.table !== 'event' && fact.realm !== line.settings.realm)
    check.wrong(item, 'a fact names another realm than the source has');
  if (line.bytes === null) return;
  const rows = offline.decodeAgain(line, fact.dec);
  if (rows === 'unknown_decoder') check.note(item, `this program has no decoder ${fact.dec}`);
  else if (rows === 'needs_earlier_lines') tellMissing(check, item, line);
  else {
    const wrong = differencesOf(rows, one, question);
    const isSame =
      wrong.length === 0 || (wrong.join() === 'leaseSeconds' && isBySetting(line, one, question));
    if (!isSame)
      check.wrong(item, `read again with ${fact.dec} it says otherwise than the facts: ${wrong.join(', ')}`);
    else check.rebuilt += 1;
  }
}

/**
 * Whether a lease time is no word of the line, but that of the source: the bag has the setting of its day, which may have been
 * changed since the line was read into the store.
 */
function isBySetting(line: Line, one: AnyFact, question: TraceQuestion): boolean {
  if (one.table !== 'lease') return false;
  const settings = { ...line.settings, leaseSeconds: one.fact.leaseSeconds };
  const rows = offline.decodeAgain({ ...line, settings }, one.fact.dec);
  return typeof rows !== 'string' && differencesOf(rows, one, question).length === 0;
}

const missing = {
  not_found: 'none near it were found when the bag was made',
  dropped: 'those were not kept any more when the bag was made',
  named: 'those hold a sealed name',
} as const;

/** A line that is read only together with others: the bag has them, or says exactly why not. */
function tellMissing(check: Check, item: string, { others, unread }: Line): void {
  const words = 'it is read only together with other lines';
  if (others === undefined) check.note(item, words);
  else if (unread) check.note(item, `${words}, and ${missing[unread] ?? unread}`);
  else check.wrong(item, `${words}, which are not in the bag`);
}

function checkOutcome(
  check: Check,
  question: TraceQuestion,
  facts: TraceFacts,
  outcome: TraceOutcome | undefined,
): TraceOutcome['verdict'] {
  const now = decideTrace(question, facts);
  if (!outcome) return now.verdict;
  for (const key of ['verdict', 'codes', 'because', 'candidates', 'coverage'] as const) {
    if (text(now[key]) !== text(outcome[key])) {
      check.wrong(
        bagItems.outcome,
        `${key}: worked out again it is otherwise${key === 'verdict' ? ` (${now.verdict})` : ''}`,
      );
    }
  }
  return now.verdict;
}

/** What JSON leaves out (`undefined`) is no difference. */
function text(value: unknown): string {
  return canonicalize(JSON.parse(JSON.stringify(value ?? null))) ?? '';
}
