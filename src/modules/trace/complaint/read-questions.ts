import type { z } from 'zod';
import { findAllocationsOf, lookEverywhere, parseIp } from '#addresses';
import type { Ctx } from '#base/app';
import type { complaintEntry, readComplaint as route } from '../contract/complaint.ts';
import { type Entry, portGaps, readComplaint } from './read-complaint.ts';

type Question = z.input<typeof complaintEntry>;
type Asked = z.output<NonNullable<typeof route.body>>;

/**
 * Reads a complaint and decides which end of each entry is ours: the one that lies in an allocation; when that tells
 * nothing, the one that the text calls the source. Keeps nothing and asks nothing.
 */
export async function readQuestions(
  ctx: Ctx,
  asked: Asked,
): Promise<z.input<NonNullable<typeof route.reply>>> {
  const content = asked.text ?? Buffer.from(asked.file!, 'base64');
  const answers = { offset: asked.zone === undefined ? undefined : minutesOf(asked.zone), date: asked.date };
  const read = readComplaint(content, answers, ctx.clock.now().getTime());
  const ours = await findOurs(ctx, read.entries);
  return { ...read, entries: read.entries.map((entry) => questionOf(entry, ours, asked)) };
}

/** One spelling, as the register has it. */
function canonical(ip: string): string {
  return parseIp(ip)?.text ?? ip;
}

function minutesOf(zone: string): number {
  const [hours, minutes] = zone.slice(1).split(':').map(Number);
  return (zone.startsWith('-') ? -1 : 1) * (hours! * 60 + minutes!);
}

async function findOurs(ctx: Ctx, entries: readonly Entry[]): Promise<ReadonlySet<string>> {
  const ips = [...new Set(entries.flatMap((entry) => entry.ends.map(({ ip }) => canonical(ip))))];
  if (ips.length === 0) return new Set();
  const hits = await lookEverywhere(ctx, (all) => findAllocationsOf(all, ips));
  return new Set(hits.map((hit) => hit.ip));
}

function questionOf(entry: Entry, ours: ReadonlySet<string>, asked: Asked): Question {
  const [first, second] = entry.ends.map((end) => ({ ...end, ip: canonical(end.ip) }));
  // The complained-about end is ours in nearly every complaint; a capture at our own server has it the other way.
  const isTurned = second !== undefined && !ours.has(first!.ip) && ours.has(second.ip);
  const own = isTurned ? second : first!;
  const other = isTurned ? first! : second;
  const isKnown = ours.has(own.ip);
  const header = new Set(entry.forwarded.map(canonical));
  const isForwarded = header.has(own.ip);
  const forwardedBy = isForwarded
    ? (entry.ends.map(({ ip }) => canonical(ip)).find((ip) => !header.has(ip)) ?? null)
    : null;
  const far = isForwarded || header.has(other?.ip ?? '') ? undefined : other;
  const toServer = entry.source === 'access' && asked.serverIp !== undefined;
  const gaps: Question['missing'] = [
    ...entry.gaps.filter((gap) => gap !== 'no_port' && gap !== 'bad_port' && gap !== 'port_range'),
    ...portGaps(own, entry.proto),
  ];
  if (isForwarded && forwardedBy === null) gaps.push('no_forwarder');
  return {
    source: entry.source,
    line: entry.line,
    text: entry.text,
    ip: own.ip,
    port: own.port,
    proto: entry.proto,
    at: entry.at === null ? null : new Date(entry.at),
    written: entry.written,
    dstIp: toServer ? asked.serverIp! : (far?.ip ?? null),
    dstPort: toServer ? (asked.serverPort ?? null) : (far?.port ?? null),
    url: entry.url,
    forwardedBy,
    toleranceSeconds: entry.toleranceSeconds,
    missing: gaps,
    notes: [
      ...entry.notes.filter((note) => note !== 'side_unclear' || !isKnown || ours.has(other?.ip ?? '')),
      ...(isKnown ? [] : (['not_ours'] as const)),
      ...(entry.toleranceSeconds === null ? [] : (['coarse_time'] as const)),
    ],
  };
}
