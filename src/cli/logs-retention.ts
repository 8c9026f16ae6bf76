/** `jiaodun logs retention | hold`: what may be dropped, and what a case holds. */
import { parseArgs } from 'node:util';
import {
  askLift,
  confirmDrop,
  type DropPlan,
  decideDrop,
  decideLift,
  type LogHold,
  listDropPlans,
  listHolds,
  listPlaces,
  listRetention,
  listSources,
  placeHoldRoute,
  proposeDrop,
} from '#logs/contract';
import type { ClientIo } from './commands.ts';
import { InputError, UsageError, wholeOf } from './logs-usage.ts';

const retentionOptions = {
  note: { type: 'string' },
  segments: { type: 'string' },
  json: { type: 'boolean' },
} as const;

/** `retention [plans|places|propose|confirm ID|approve ID|refuse ID]`. */
export async function retentionCommand(argv: string[], io: ClientIo): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    options: retentionOptions,
    allowPositionals: true,
  });
  const [verb = 'classes', id] = positionals;
  const answer = await askRetention(verb, id, values, io);
  io.stdout(values.json ? `${JSON.stringify(answer.value)}\n` : answer.text);
  return 0;
}

interface Answer {
  readonly value: unknown;
  readonly text: string;
}

async function askRetention(
  verb: string,
  id: string | undefined,
  { note, segments }: { note?: string | undefined; segments?: string | undefined },
  { client }: ClientIo,
): Promise<Answer> {
  const params = { id: id ?? '' };
  if (['confirm', 'approve', 'refuse'].includes(verb) && (id === undefined || note === undefined))
    throw new UsageError(`logs retention ${verb} ID --note TEXT`);
  switch (verb) {
    case 'classes': {
      const value = await client.call(listRetention, {});
      const lines = value.items.map(
        (one) =>
          `${one.class}: ${one.days} 天 days（法定至少 by law at least ${one.leastDays}；${one.basis}）`,
      );
      return { value, text: `${lines.join('\n')}\n` };
    }
    case 'plans': {
      const value = await client.call(listDropPlans, { query: {} });
      return { value, text: value.items.map(sayPlan).join('') || '没有清单 no plans\n' };
    }
    case 'places': {
      const value = await client.call(listPlaces, {});
      const lines = value.items.map(
        (one) =>
          `${one.tier} ${one.place}: ${one.segments ?? '—'} 段 segments${one.problem ? ` ✗ ${one.problem}` : ''}`,
      );
      return { value, text: `${lines.join('\n')}\n` };
    }
    case 'propose': {
      const value = await client.call(proposeDrop, {});
      return { value, text: value.plan ? sayPlan(value.plan) : '没有到期的日志 nothing is old enough\n' };
    }
    case 'confirm': {
      if (segments === undefined) throw new UsageError('logs retention confirm ID --segments N --note TEXT');
      const body = { segments: wholeOf('--segments', segments), note: note! };
      const value = await client.call(confirmDrop, { params, body });
      return { value, text: sayPlan(value) };
    }
    case 'approve':
    case 'refuse': {
      const value = await client.call(decideDrop, {
        params,
        body: { approve: verb === 'approve', note: note! },
      });
      return { value, text: sayPlan(value) };
    }
    default:
      throw new UsageError(`没有这个子命令 no such command: logs retention ${verb}`);
  }
}

function sayPlan(plan: DropPlan): string {
  const warned = plan.warnings.length > 0 ? ` ⚠ ${plan.warnings.join(', ')}` : '';
  const held = plan.heldSegments > 0 ? `，冻结 held ${plan.heldSegments}` : '';
  const wrong = plan.problem === null ? '' : ` ✗ ${plan.problem}`;
  return `${plan.id} ${plan.state}: ${plan.days} 天 days, ${plan.sources} 源 sources, ${plan.segments} 段 segments${held}${warned}${wrong}\n`;
}

const holdOptions = {
  case: { type: 'string' },
  reason: { type: 'string' },
  source: { type: 'string', multiple: true },
  segment: { type: 'string', multiple: true },
  from: { type: 'string' },
  to: { type: 'string' },
  note: { type: 'string' },
  json: { type: 'boolean' },
} as const;

/** `hold [list|place|lift ID|accept ID|keep ID]`. */
export async function holdCommand(argv: string[], io: ClientIo): Promise<number> {
  const { values, positionals } = parseArgs({ args: argv, options: holdOptions, allowPositionals: true });
  const [verb = 'list', id] = positionals;
  const params = { id: id ?? '' };
  if (verb !== 'list' && verb !== 'place' && id === undefined) throw new UsageError(`logs hold ${verb} ID`);
  const say = (value: unknown, text: string) => {
    io.stdout(values.json ? `${JSON.stringify(value)}\n` : text);
    return 0;
  };
  if (verb === 'list') {
    const value = await io.client.call(listHolds, { query: {} });
    return say(value, value.items.map(sayHold).join('') || '没有冻结 nothing is held\n');
  }
  if (verb === 'place') {
    const value = await io.client.call(placeHoldRoute, { body: await holdOf(values, io) });
    const gone = value.alreadyDropped > 0 ? `；此前已清除 dropped before: ${value.alreadyDropped}` : '';
    return say(value, `${sayHold(value.hold)}覆盖 covers ${value.covers} 段 segments${gone}\n`);
  }
  if (verb === 'lift') {
    if (values.reason === undefined) throw new UsageError('logs hold lift ID --reason TEXT');
    const value = await io.client.call(askLift, { params, body: { reason: values.reason } });
    return say(value, sayHold(value));
  }
  if (verb !== 'accept' && verb !== 'keep')
    throw new UsageError(`没有这个子命令 no such command: logs hold ${verb}`);
  const body = { accept: verb === 'accept', ...(values.note !== undefined && { note: values.note }) };
  const value = await io.client.call(decideLift, { params, body });
  return say(value, sayHold(value));
}

type HoldValues = Partial<Record<'case' | 'reason' | 'from' | 'to', string>> & {
  source?: string[];
  segment?: string[];
};

async function holdOf(values: HoldValues, io: ClientIo) {
  if (values.case === undefined || values.reason === undefined)
    throw new UsageError('logs hold place --case NO --reason TEXT (--source NAME --from TIME | --segment N)');
  return {
    caseNo: values.case,
    reason: values.reason,
    sourceIds: await sourcesNamed(values.source ?? [], io),
    segmentIds: (values.segment ?? []).map((text) => wholeOf('--segment', text)),
    ...(values.from !== undefined && { since: timeOf('--from', values.from) }),
    ...(values.to !== undefined && { until: timeOf('--to', values.to) }),
  };
}

async function sourcesNamed(names: readonly string[], io: ClientIo): Promise<number[]> {
  const ids: number[] = [];
  for (const name of names) {
    const { items } = await io.client.call(listSources, { query: { q: name, pageSize: 100 } });
    const found = items.find((item) => item.name === name);
    if (!found) throw new InputError(`--source ${name}: 没有这个日志源 no such source`);
    ids.push(found.id);
  }
  return ids;
}

function timeOf(name: string, text: string): string {
  const time = new Date(text);
  if (Number.isNaN(time.getTime()))
    throw new UsageError(`${name}: 时间应写作 write times as 2026-11-22T14:00:00+08:00, not ${text}`);
  return time.toISOString();
}

function sayHold(hold: LogHold): string {
  const what = [
    ...hold.sources.map((source) => source.name),
    ...(hold.segmentIds.length > 0 ? [`${hold.segmentIds.length} 段 segments`] : []),
  ];
  const when = hold.since === null ? '' : ` ${hold.since} … ${hold.until ?? ''}`;
  return `${hold.id} ${hold.state} ${hold.caseNo}: ${what.join(', ')}${when} — ${hold.reason}\n`;
}
