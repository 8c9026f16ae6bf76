/** `jiaodun findings`: faults, what happened to them, reporting them as fixed, proposing false alarms. */
import { parseArgs } from 'node:util';
import type { z } from 'zod';
import {
  type Finding,
  findingHistory,
  findingState,
  getFinding,
  listFindings,
  proposeFalseAlarm,
  reportFixed,
  reportManyFixed,
  suppressionScope,
} from '#findings/contract';
import { beijing } from './beijing.ts';
import type { ClientIo } from './commands.ts';
import { ruleWords } from './rule-words.ts';
import { printable } from './trace-flags.ts';

const help = `jiaodun findings list [--state STATE] [--rule RULE] [--q TEXT] [--overdue] [--json]
jiaodun findings show ID [--json]
jiaodun findings fixed ID… [--note TEXT]
jiaodun findings false-alarm ID --reason TEXT [--scope SCOPE] [--until YYYY-MM-DD]

检查发现的问题：清单、经过、报告已整改、提出误报（由另一个人认定）。
Faults that checks found: the list, the history, reporting as fixed, proposing a false alarm (another person decides).

  --state   ${findingState.options.join(' | ')}
  --scope   ${suppressionScope.options.join(' | ')}

退出码 Exit code: 0 成功 done; 1 有未解决的问题 open findings; 2 用法或输入错误，或有一个没能报告 usage or input error, or one that was refused
`;

/** Errors of the server go up to the caller. */
export async function findingsCommand(argv: string[], io: ClientIo): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      state: { type: 'string' },
      rule: { type: 'string' },
      q: { type: 'string' },
      overdue: { type: 'boolean', default: false },
      note: { type: 'string' },
      reason: { type: 'string' },
      scope: { type: 'string', default: 'finding' },
      until: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const [verb, id, ...more] = positionals;
  if (values.help) {
    io.stdout(help);
    return 0;
  }
  const scope = suppressionScope.safeParse(values.scope);
  const state = findingState.optional().safeParse(values.state);
  const wantsId = verb === 'show' || verb === 'fixed' || verb === 'false-alarm';
  if (!scope.success || !state.success || wantsId !== (id !== undefined)) return wrong(io);
  if (more.length > 0 && verb !== 'fixed') return wrong(io);
  const params = { id: id ?? '' };
  if (verb === 'list') {
    const query = {
      ...(values.rule && { rule: values.rule }),
      ...(values.q && { q: values.q }),
      ...(values.overdue && { overdue: 'true' as const }),
      state: state.data ?? ('open' as const),
    };
    return list(io, query, values.json);
  }
  if (verb === 'show') return show(io, params, values.json);
  if (verb === 'fixed') {
    return fixed(io, [params.id, ...more], values.note ? { note: values.note } : {});
  }
  if (verb !== 'false-alarm' || values.reason === undefined) return wrong(io);
  const body = {
    scope: scope.data,
    reason: values.reason,
    ...(values.until && { expiresOn: values.until }),
  };
  const one = await io.client.call(proposeFalseAlarm, { params, body });
  io.stdout(`${one.id}  ${one.state}  ${beijing(one.expiresAt)}\n`);
  return 0;
}

function wrong(io: ClientIo): number {
  io.stderr(help);
  return 2;
}

async function fixed(io: ClientIo, ids: readonly string[], body: { note?: string }): Promise<number> {
  const [id = '', ...more] = ids;
  if (more.length === 0) {
    const one = await io.client.call(reportFixed, { params: { id }, body });
    io.stdout(`${one.id}  ${one.state}\n`);
    return 0;
  }
  const { done, refused } = await io.client.call(reportManyFixed, {
    body: { ...body, findingIds: [...ids] },
  });
  for (const one of refused) io.stderr(`${one.findingId}: ${one.zh} / ${one.en} [${one.code}]\n`);
  io.stdout(`已报告整改 reported as fixed: ${done}\n`);
  return refused.length > 0 ? 2 : 0;
}

async function list(
  io: ClientIo,
  query: { state: z.infer<typeof findingState>; rule?: string; q?: string; overdue?: 'true' },
  json: boolean,
): Promise<number> {
  const items: Finding[] = [];
  for (let page = 1; ; page += 1) {
    const reply = await io.client.call(listFindings, { query: { ...query, page, pageSize: 500 } });
    items.push(...reply.items);
    if (reply.items.length < 500) break;
  }
  if (json) io.stdout(`${JSON.stringify({ items, total: items.length }, null, 2)}\n`);
  else if (items.length === 0) io.stdout('没有问题 no findings\n');
  else for (const one of items) io.stdout(`${lineOf(one)}\n`);
  return query.state === 'open' && items.length > 0 ? 1 : 0;
}

function lineOf(one: Finding): string {
  const due = one.dueAt === null ? '' : `期限 due ${beijing(one.dueAt)}`;
  const parts = [
    one.id,
    one.severity,
    one.state,
    one.unitName,
    one.siteName ?? '',
    printable(ruleWords(one.rule)),
  ];
  return [...parts, printable(one.text.slice(0, 80)), printable(one.url), due]
    .filter((part) => part !== '')
    .join('  ');
}

async function show(io: ClientIo, params: { id: string }, json: boolean): Promise<number> {
  const one = await io.client.call(getFinding, { params });
  const { items } = await io.client.call(findingHistory, { params });
  if (json) io.stdout(`${JSON.stringify({ ...one, history: items }, null, 2)}\n`);
  else {
    io.stdout(`${lineOf(one)}\n${printable(one.context)}\n\n经过 history\n`);
    for (const { at, act, after, by, note } of items)
      io.stdout(`  ${beijing(at)}  ${act}  ${after}  ${printable(by)}  ${printable(note ?? '')}\n`);
  }
  return 0;
}
