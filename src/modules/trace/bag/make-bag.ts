import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { lookEverywhere } from '#addresses';
import { recordAudit } from '#audit';
import type { Actor, App, Ctx } from '#base/app';
import { fail } from '#base/errors';
import { createBag, loadOrCreateKeys, type NewItem } from '#evidence';
import { taking } from '#logs';
import { inScope } from '#units';
import { fileNameOf } from '../attachment.ts';
import type { Place } from '../engine/facts.ts';
import { withoutFarEnds } from '../privacy/hide-destinations.ts';
import { keepsDestinations } from '../privacy/store.ts';
import { findTrace } from '../store.ts';
import { readTrace } from '../view-trace.ts';
import { differencesOf, logFactsOf } from './match-line.ts';
import { type Basis, findBasis } from './store.ts';
import { bagItems } from './verify-bag.ts';

const instructions = `本证据包说明一次网络地址溯源：问题、依据的事实、原始日志与结论。
离线核验（不需要本系统的服务器）：
  jiaodun trace verify 本文件.zip --key 公钥.pem
程序会核对每个字节，用原来的解析器重新读取原始日志，比对事实，并重新计算结论。
包内是结论所依据的日志原文，仅供办案机关使用；与之同批收到的其他日志行不在包内，其位置由签名声明。
An evidence bag of a trace; verify it offline with the command above.
`;

/**
 * Seals what a trace rests on. Every line is taken once; one that holds a user's name is in it by its hash only.
 * Audited with the file's SHA-256. Throws `base.not_found`, `trace.no_basis`, `trace.bag_outside`,
 * `trace.bag_minor`.
 */
export async function makeTraceBag(
  app: App,
  actor: Actor,
  id: string,
): Promise<{ fileName: string; bytes: Uint8Array }> {
  const { head, basis, lines } = await app.run(actor, (ctx) => gather(ctx, id));
  const work = join(app.config.dataDir, 'evidence-work');
  await mkdir(work, { recursive: true, mode: 0o700 });
  const dir = await mkdtemp(join(work, 'trace-'));
  try {
    const now = app.clock.now();
    const item = (path: string, content: string): NewItem => ({
      path,
      bytes: Buffer.from(content),
      source: `trace ${id}`,
      tool: 'trace.bag/1',
      collector: hostname(),
      acquiredAt: now,
    });
    const json = (value: unknown) => `${JSON.stringify(value, null, 1)}\n`;
    const { privateKey } = await loadOrCreateKeys(join(app.config.dataDir, 'keys'));
    const fileName = fileNameOf('溯源证据包', { caseNo: head.caseNo, id }, 'zip');
    const bag = await createBag({
      caseId: head.caseNo,
      number: 1,
      items: [
        item(bagItems.question, json({ ...head, question: basis.question })),
        item(bagItems.facts, json(basis.facts)),
        item(bagItems.lines, lines.map((line) => `${JSON.stringify(line)}\n`).join('')),
        item(bagItems.outcome, json(basis.outcome)),
        item('items/readme.txt', instructions),
      ],
      privateKey,
      createdAt: now,
      outFile: join(dir, fileName),
    });
    const stored = await app.files.put(createReadStream(bag.file));
    if (stored.sha256 !== bag.sha256) fail('evidence.lost', { file: fileName });
    await app.run(actor, (ctx) =>
      recordAudit(ctx, {
        action: 'trace.bag',
        subject: `trace:${id}`,
        unitPath: basis.unitPath,
        after: { fileName, sha256: bag.sha256, bytes: bag.bytes, lines: lines.length },
      }),
    );
    return { fileName, bytes: await readFile(bag.file) };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Whether a line, read again, gives every fact that the trace took from it. */
function saysAll({ facts, question }: Basis, { segment, seq }: Place): taking.SaysAll {
  const own = logFactsOf(facts).filter(({ fact }) => fact.segment === segment && fact.seq === seq);
  return (rows) => own.every((one) => differencesOf(rows, one, question).length === 0);
}

/** What people read of a line in the bag. Its bytes stay whole: without them nothing could be worked out again. */
function shownOf({ segment, seq, shown }: taking.TakenRecord, { question, facts }: Basis): string {
  const own = logFactsOf(facts).filter(({ fact }) => fact.segment === segment && fact.seq === seq);
  const kind = own.some(({ table }) => table === 'event')
    ? 'proxy'
    : own[0]?.table === 'block'
      ? 'block'
      : 'nat';
  if (!own.some(({ table }) => table === 'nat' || table === 'block' || table === 'event')) return shown;
  const kept = own.flatMap(({ fact }) => [
    ...('inIp' in fact ? [fact.inIp, fact.pubIp] : []),
    ...('clientIp' in fact ? [fact.clientIp] : []),
  ]);
  return withoutFarEnds(kind, shown, [question.ip, ...kept]);
}

async function gather(ctx: Ctx, id: string) {
  const row = (await findTrace(ctx, id)) ?? fail('base.not_found', { what: id });
  const basis: Basis = (await findBasis(ctx, id)) ?? fail('trace.no_basis');
  const paths = basis.outcome.candidates.flatMap(({ unitPath }) => (unitPath === null ? [] : [unitPath]));
  if (!paths.every((path) => inScope(ctx, path))) fail('trace.bag_outside');
  const { candidates } = await readTrace(ctx, id);
  if (candidates.some(({ person }) => person.protected)) fail('trace.bag_minor');
  const places = new Map(logFactsOf(basis.facts).map(({ fact }) => [`${fact.segment}:${fact.seq}`, fact]));
  const sorted = [...places.values()].sort((a, b) => a.segment - b.segment || a.seq - b.seq);
  const why = { trace: id, caseNo: row.case_no };
  const taken = await lookEverywhere(ctx, async (all) => {
    const records: taking.TakenRecord[] = [];
    for (const place of sorted) records.push(await taking.takeRecord(all, place, why, saysAll(basis, place)));
    return records;
  });
  const isShown = await keepsDestinations(ctx, row.unit_path);
  const lines = isShown ? taken : taken.map((line) => ({ ...line, shown: shownOf(line, basis) }));
  const head = {
    traceId: id,
    caseNo: row.case_no,
    reason: row.reason,
    askedBy: row.asked_by_name,
    askedAt: row.asked_at.toISOString(),
  };
  return { head, basis, lines };
}
