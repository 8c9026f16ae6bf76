/** Reads what the registers say of the addresses and devices on the way, and whether the logs were whole. */
import { findAllocationsAt, findCustodiesAt, findDevicesAt } from '#addresses';
import { tracing } from '#logs';
import { type Batch, originsOf, type Work } from './batch.ts';
import { sourcesWanted } from './cover.ts';
import { coverageFact } from './coverage-fact.ts';
import { maxOrigins } from './decide.ts';
import type { SourceFact } from './facts.ts';
import { findHolders, holdsAt } from './holders.ts';
import { cardsNear, ofOneDevice } from './one-device.ts';
import { type Origins, windowOf } from './origins.ts';

/** A gateway is never silent for long; a DHCP server of a small school may be, for half a lease. */
const silence = { nat: 300, lease: 3600 } as const;
/** An address that is nobody's concerns the logs of the whole city: so many windows are asked for at a time. */
const mostWindows = 5_000;

export const shownOrigins = (work: Work): Origins['origins'] => originsOf(work).origins.slice(0, maxOrigins);

export async function addAllocations(
  { ctx, works, knownAt }: Batch,
  ipsOf: (work: Work) => readonly string[],
): Promise<void> {
  const wanted = works.map((work) => {
    const ips = [...new Set(ipsOf(work))].filter((ip) => !work.asked.has(`allocation ${ip}`)).slice(0, 1000);
    for (const ip of ips) work.asked.add(`allocation ${ip}`);
    return ips;
  });
  const asked = works.flatMap(({ question }, n) =>
    wanted[n]!.map((ip) => ({ ip, at: new Date(question.at) })),
  );
  if (asked.length === 0) return;
  const hits = Map.groupBy(await findAllocationsAt(ctx, asked, knownAt), (hit) => hit.question);
  let next = 0;
  for (const [n, { facts }] of works.entries()) {
    const own = wanted[n]!.flatMap(() => hits.get(next++) ?? []);
    if (own.length === 0) continue;
    facts.allocations = [
      ...facts.allocations,
      ...own.map(({ ip, realm, role, cidr, unitPath, unitName }) => ({
        ip,
        realm,
        role,
        cidr,
        unitPath,
        unitName,
      })),
    ];
  }
}

/** Devices of the addresses and MACs, and who had them. */
export async function addRegister({ ctx, works, knownAt }: Batch): Promise<void> {
  const questions = works.flatMap((work) => {
    const at = new Date(work.question.at);
    return shownOrigins(work).flatMap((origin) => {
      const { realm, insideIp } = origin;
      const macs =
        origin.end === null ? holdsAt(work.question, work.facts, origin).map((hold) => hold.mac) : [];
      const near = origin.end === null ? cardsNear(work.question, work.facts, origin) : [];
      const beside = macs.length === 0 ? [] : near.filter((mac) => !macs.includes(mac));
      return [
        { work, isNear: false, ask: { realm, ip: insideIp, mac: null, at } },
        ...macs.map((mac) => ({ work, isNear: false, ask: { realm, ip: null, mac, at } })),
        ...beside.map((mac) => ({ work, isNear: true, ask: { realm, ip: null, mac, at } })),
      ];
    });
  });
  const answers = await findDevicesAt(
    ctx,
    questions.map((one) => one.ask),
    knownAt,
  );
  const told = Map.groupBy(
    answers.map((answer) => ({ ...answer, isNear: questions[answer.question]!.isNear })),
    (answer) => questions[answer.question]!.work,
  );
  for (const answer of [...told.values()].flatMap(ofOneDevice)) {
    const { work, ask } = questions[answer.question]!;
    const { by, deviceId, assetNo, unitName, unitPath, ip, mac, validFrom, recordedAt } = answer;
    const device = {
      by,
      realm: ask.realm,
      asked: (ask.ip ?? ask.mac)!,
      deviceId,
      assetNo,
      unitName,
      unitPath,
      ip,
      mac,
    };
    const times = { validFrom: validFrom?.getTime() ?? null, recordedAt: recordedAt.getTime() };
    const isKnown = work.facts.devices.some(
      (one) => one.by === by && one.asked === device.asked && one.realm === ask.realm,
    );
    if (!isKnown) work.facts.devices = [...work.facts.devices, { ...device, ...times }];
  }
  const devices = works.flatMap((work) =>
    [...new Set(work.facts.devices.map((one) => one.deviceId))].map((deviceId) => ({ work, deviceId })),
  );
  const custodies = await findCustodiesAt(
    ctx,
    devices.map(({ work, deviceId }) => ({ deviceId, at: new Date(work.question.at) })),
    knownAt,
  );
  for (const { question, deviceId, personId, room, unitPath, validFrom, recordedAt } of custodies) {
    const { facts } = devices[question]!.work;
    const times = { validFrom: validFrom?.getTime() ?? null, recordedAt: recordedAt.getTime() };
    facts.custody = [...facts.custody, { deviceId, personId, room, unitPath, ...times }];
  }
}

/** Whether the sources on which the answer rests were there. */
export async function addCoverage({ ctx, works, reader }: Batch): Promise<void> {
  const all = [...reader.sources.values()].map((source): SourceFact => ({ ...source, clock: null }));
  const wanted = works.flatMap((work) => {
    const found = originsOf(work);
    const shown = shownOrigins(work);
    const holders = findHolders(work.question, work.facts, shown);
    const facts = { ...work.facts, sources: all };
    return sourcesWanted(work.question, facts, { ...found, origins: shown }, holders).map((one) => ({
      work,
      ...one,
    }));
  });
  for (let start = 0; start < wanted.length; start += mostWindows) {
    const piece = wanted.slice(start, start + mostWindows);
    const answers = await tracing.relianceOfMany(
      ctx,
      piece.map(({ work, sourceId, purpose, unbroken }) => {
        const { from, to } = windowOf(work.question);
        const margin = 1000 * (reader.sources.get(sourceId)?.toleranceSeconds ?? 2);
        return {
          ...{ sourceId, from: from - margin, to: to + margin, gapSeconds: silence[purpose] },
          unbroken: { from: unbroken.from - margin, to: unbroken.to + margin },
        };
      }),
    );
    for (const [n, { work, sourceId, purpose }] of piece.entries()) {
      const { facts } = work;
      const answer = answers[n];
      const source = reader.sources.get(sourceId);
      if (!answer || !source) continue;
      facts.coverage = [...facts.coverage, coverageFact(answer, source, purpose)];
      if (!facts.sources.some((one) => one.id === sourceId))
        facts.sources = [...facts.sources, { ...source, clock: null }].sort((a, b) => a.id - b.id);
    }
  }
}
