/** Reads what the proxies on the way were serving at the time. */
import { tracing } from '#logs';
import { type Batch, originsOf, type Work } from './batch.ts';
import type { RequestFact } from './facts.ts';
import { isAskedRequest } from './log-facts.ts';
import { proxySourcesAt, windowOf } from './origins.ts';

interface Asked {
  readonly work: Work;
  readonly sourceIds: readonly number[];
  /** Address of the proxy that the question led to; '' when it is not known by its address. */
  readonly proxyIp: string;
  /** Looked for by the page that the question names, whatever session it went over. */
  readonly isByPage?: true;
}

/** Requests of the proxies that the questions led to by their addresses. */
export async function addRequests(
  batch: Batch,
  met: readonly { readonly work: Work; readonly ip: string }[],
): Promise<void> {
  const asked = met.map(({ work, ip }) => {
    const sourceIds = proxySourcesAt(work.facts, ip).map((source) => source.id);
    return { work, sourceIds, proxyIp: ip };
  });
  await addRequestsOf(batch, asked);
}

/**
 * A school's proxy need not send its log from the address that it translates from. So where a realm has a proxy, what
 * that was fetching from the very far ends of the sessions at that time is read, too.
 */
export async function addServed(batch: Batch, works: Iterable<Work>): Promise<void> {
  const byRealm = Map.groupBy(
    [...batch.reader.sources.values()].filter((source) => source.format === 'squid'),
    (source) => source.realm,
  );
  const asked: Asked[] = [];
  if (byRealm.size === 0) return;
  for (const work of works) {
    const realms = new Set(originsOf(work).origins.map((one) => one.realm));
    for (const { id } of [...realms].flatMap((realm) => byRealm.get(realm) ?? [])) {
      const key = `served ${id}`;
      if (work.asked.has(key)) continue;
      work.asked.add(key);
      asked.push({ work, sourceIds: [id], proxyIp: '' });
    }
  }
  await addRequestsOf(batch, asked);
}

/**
 * Who was fetching the page that a question names instead of a port: through any proxy of the realms in which the asked
 * address is somebody's exit.
 */
export async function addAskedPages(batch: Batch): Promise<void> {
  const asked = batch.works.flatMap((work): Asked[] => {
    const { question, facts } = work;
    if (!question.url || question.port !== null) return [];
    const realms = new Set(facts.allocations.filter((hit) => hit.ip === question.ip).map((hit) => hit.realm));
    const sources = [...batch.reader.sources.values()].filter(
      (source) => source.format === 'squid' && realms.has(source.realm),
    );
    return sources.length === 0
      ? []
      : [{ work, sourceIds: sources.map(({ id }) => id), proxyIp: '', isByPage: true }];
  });
  await addRequestsOf(batch, asked);
}

async function addRequestsOf({ reader }: Batch, asked: readonly Asked[]): Promise<void> {
  if (asked.length === 0) return;
  const margins = await marginsOf(reader, asked);
  const rows = await reader.served(
    asked.map(({ work, sourceIds, proxyIp, isByPage }, n) => {
      const { from, to } = windowOf(work.question);
      const farEnds = proxyIp === '' && !isByPage ? [...work.far.keys()].map(endOf) : null;
      return { sourceIds, from: from - margins[n]!, to: to + margins[n]!, farEnds };
    }),
  );
  const byQuestion = Map.groupBy(rows, (row) => row.question);
  for (const [n, { work, proxyIp, isByPage }] of asked.entries()) {
    const own = byQuestion.get(n) ?? [];
    const { facts, question, far } = work;
    if (own.length >= tracing.mostRequests) facts.cut = [...facts.cut, { what: 'nat', read: own.length }];
    const requests = own.map(({ question: _, dstIp, dstPort, host, path, ...row }): RequestFact => {
      const realm = reader.sources.get(row.sourceId)!.realm;
      const serves = far.get(`${dstIp} ${dstPort}`) ?? [];
      const isAsked = isAskedRequest({ dstIp, dstPort, host, path }, question);
      return { ...row, realm, proxyIp, serves, isAsked };
    });
    const isNew = ({ segment, seq }: RequestFact) =>
      !facts.requests.some((one) => one.segment === segment && one.seq === seq && one.proxyIp === proxyIp);
    const fresh = requests.filter((one) => isNew(one) && (!isByPage || one.isAsked === true));
    if (fresh.length > 0) facts.requests = [...facts.requests, ...fresh];
  }
}

/** How far around the asked time is read: a proxy's lines bear its own time, written earlier or later when its clock is off. */
async function marginsOf(reader: tracing.TraceReader, asked: readonly Asked[]): Promise<readonly number[]> {
  const places = asked.flatMap(({ work, sourceIds }, n) =>
    sourceIds.map((sourceId) => ({ n, sourceId, at: work.question.at })),
  );
  const clocks = await reader.clocks(places);
  const off = asked.map(() => 0);
  for (const { question, offsetMs, spreadMs } of clocks) {
    const { n } = places[question]!;
    off[n] = Math.max(off[n]!, Math.abs(offsetMs) + spreadMs);
  }
  return asked.map(({ sourceIds }, n) => {
    const tolerances = sourceIds.map((id) => reader.sources.get(id)!.toleranceSeconds);
    return off[n]! + 1000 * Math.max(2, ...tolerances);
  });
}

function endOf(far: string): { ip: string; port: number } {
  const [ip = '', port] = far.split(' ');
  return { ip, port: Number(port) };
}
