import { Readable } from 'node:stream';
import { z } from 'zod';
import { type App, type Ctx, systemActor } from '#base/app';
import { elapsed } from '#base/clock';
import { fail, isAppError } from '#base/errors';
import { defineJob, every } from '#base/jobs';
import { openSealer } from '#base/seal';
import { ingestFile, sourceNameOf } from '#logs';
import { type Poller, type PollerSecret, type PollFigures, pollerSecret } from '../contract.ts';
import { findPoller, noteReading, type PollerRow, takeDue } from '../store/pollers.ts';
import { askDevice, PollFailed } from './ask-device.ts';
import { readTables } from './read-tables.ts';

const actor = systemActor('addresses.poll');

/** Seals and opens what a device is asked with; the context is the poller, so that no row's secret opens in another. */
export async function sealSecret(app: App, id: string, secret: PollerSecret): Promise<string> {
  return (await openSealer(app.config.dataDir, 'snmp')).seal(JSON.stringify(secret), id);
}

async function openSecret(app: App, { id, secret }: Pick<PollerRow, 'id' | 'secret'>): Promise<PollerSecret> {
  const text = (await openSealer(app.config.dataDir, 'snmp')).open(secret, id);
  return text === undefined ? fail('addresses.poller_secret_lost') : pollerSecret.parse(JSON.parse(text));
}

export interface Reading {
  readonly lines: readonly string[];
  readonly figures: PollFigures | null;
  readonly problem: Poller['problem'];
}

/** Reads a device now; what went wrong is told in words and is no error of this program. Keeps nothing. */
export async function readDevice(app: App, poller: PollerRow): Promise<Reading> {
  const began = elapsed();
  try {
    const secret = await openSecret(app, poller);
    const { tables, missing } = await askDevice({ target: poller.target, port: poller.port, secret });
    const { lines, ...counts } = readTables(tables, poller.target, app.clock.now());
    const figures = { ...counts, missing, milliseconds: Math.round(elapsed() - began) };
    return { lines, figures, problem: counts.arp + counts.nd + counts.fdb === 0 ? problems.empty : null };
  } catch (error) {
    return { lines: [], figures: null, problem: problemOf(error) };
  }
}

const problems = {
  empty: {
    code: 'empty',
    zh: '设备有应答，但地址表和转发表都是空的：请检查该团体名/用户能否读取 IP-MIB 与 BRIDGE-MIB',
    en: 'The device answers, but its address and forwarding tables are empty: check that the community or user may read IP-MIB and BRIDGE-MIB',
  },
  no_answer: {
    code: 'no_answer',
    zh: '设备没有应答：请检查地址、端口、防火墙，以及团体名是否正确（团体名错误时设备也不应答）',
    en: 'No answer: check address, port and firewalls, and the community (a device does not answer to a wrong one)',
  },
  refused: {
    code: 'refused',
    zh: '设备拒绝了查询：请检查 SNMPv3 用户名、认证与加密的算法和密钥',
    en: 'The device refused: check user, algorithms and keys of SNMPv3',
  },
  too_many: {
    code: 'too_many',
    zh: '表项超过 200000 条，未采用',
    en: 'A table has more than 200,000 entries and was not taken',
  },
  secret: {
    code: 'secret',
    zh: '采集口令无法解封，请重新填写',
    en: 'The credentials cannot be unsealed; enter them again',
  },
} as const;

function problemOf(error: unknown): NonNullable<Poller['problem']> {
  if (isAppError(error, 'addresses.poller_secret_lost')) return problems.secret;
  if (!(error instanceof PollFailed)) throw error;
  if (error.reason !== 'unreadable') return problems[error.reason];
  return {
    code: 'unreadable',
    zh: `读不了设备的应答：${error.message}`,
    en: `The device’s answer cannot be read: ${error.message}`,
  };
}

/**
 * Reads a device and keeps what it said as lines of its log source. A reading that fails keeps nothing: then the source
 * is silent, which is a gap and nobody's departure.
 */
export const pollJob = defineJob({
  name: 'addresses.poll',
  payload: z.object({ id: z.uuid() }),
  // The next reading comes by itself.
  maxAttempts: 1,
  run: async (app, { id }) => {
    const poller = await app.run(actor, (ctx) => findPoller(ctx, id));
    if (!poller?.enabled) return;
    const reading = await readDevice(app, poller);
    if (reading.lines.length > 0) {
      const source = await app.run(actor, (ctx) => sourceNameOf(ctx, poller.source_id));
      const content = Buffer.from(`${reading.lines.join('\n')}\n`);
      await ingestFile(app, actor, { source, format: 'snmp' }, Readable.from([content]));
    }
    await app.run(actor, (ctx) => noteReading(ctx, id, reading));
  },
});

/** Asks for the readings whose time has come. */
export async function askForDue(ctx: Ctx): Promise<void> {
  for (const id of await takeDue(ctx)) await ctx.enqueue(pollJob, { id }, { key: `addresses.poll:${id}` });
}

export const pollDue = every('addresses.poll-due', '* * * * *', (app: App) => app.run(actor, askForDue));
