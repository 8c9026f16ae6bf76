import { parseArgs } from 'node:util';
import { listTasks, raiseCampaign, type TaskItem, taskProgress } from '#tasks/contract';
import type { ClientIo } from './commands.ts';

const help = `jiaodun tasks [--late] [--nobody] [--state STATE] [--json]
jiaodun tasks progress [--by unit|kind|campaign] [--json]
jiaodun tasks ask --title T --why W --basis B --due TIME --minutes N [--post POST] [--json]

待办、办理进度、布置事项。tasks of the unit and those below, their progress, and asking something of schools.

  --late     只看逾期 late ones only
  --nobody   只看无人负责 ones that nobody is in charge of
  --state    open | claimed | signing | returned | done | cancelled
  --basis    依据：文号、法律条款或通知条目 legal basis
  --due      截止时间，如 2026-12-20T17:00+08:00 deadline
  --post     由哪个岗位办理，默认学校经办人 the post that does it; default: the school's teacher
`;

/** `jiaodun tasks`: exit 1 when something is late, so that a monitor can call it. */
export async function tasksCommand(argv: string[], io: ClientIo): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      late: { type: 'boolean' },
      nobody: { type: 'boolean' },
      state: { type: 'string' },
      by: { type: 'string' },
      title: { type: 'string' },
      why: { type: 'string' },
      basis: { type: 'string' },
      due: { type: 'string' },
      minutes: { type: 'string' },
      post: { type: 'string' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const what = positionals[0] ?? 'list';
  if (values.help || !['list', 'progress', 'ask'].includes(what)) {
    (values.help ? io.stdout : io.stderr)(help);
    return values.help ? 0 : 2;
  }
  if (what === 'progress') return showProgress(io, values.by, values.json === true);
  if (what === 'ask') return ask(io, values);
  return showList(io, values);
}

interface ListOptions {
  readonly late?: boolean | undefined;
  readonly nobody?: boolean | undefined;
  readonly state?: string | undefined;
  readonly json?: boolean | undefined;
}

async function showList(io: ClientIo, options: ListOptions): Promise<number> {
  const items: TaskItem[] = [];
  for (let page = 1; ; page += 1) {
    const query = {
      view: 'team' as const,
      page,
      pageSize: 500,
      ...(options.late && { late: 'true' }),
      ...(options.nobody && { nobody: 'true' }),
      ...(options.state && { state: options.state as TaskItem['state'] }),
    };
    const reply = await io.client.call(listTasks, { query });
    items.push(...reply.items);
    if (reply.items.length < query.pageSize) break;
  }
  if (options.json) io.stdout(`${JSON.stringify(items, null, 2)}\n`);
  else io.stdout(items.length === 0 ? '没有事项 no tasks\n' : `${items.map(lineOf).join('\n')}\n`);
  return items.some((one) => one.overdue) ? 1 : 0;
}

function lineOf(one: TaskItem): string {
  const who = one.claimedByName ?? (one.nobody ? '无人负责 nobody' : '');
  return `${beijing(one.dueAt)} ${one.overdue ? '逾期 late ' : ''}${one.state}  ${one.unitName}  ${one.title}  ${who}`;
}

async function showProgress(io: ClientIo, by: string | undefined, json: boolean): Promise<number> {
  const query = { by: (by ?? 'unit') as 'unit' };
  const { items } = await io.client.call(taskProgress, { query });
  if (json) io.stdout(`${JSON.stringify(items, null, 2)}\n`);
  else {
    const lines = items.map(
      ({ name, done, open, late, unknown }) =>
        `${name}  办结 done ${done}  在办 open ${open}  逾期 late ${late}  无人负责 nobody ${unknown}`,
    );
    io.stdout(lines.length === 0 ? '没有事项 no tasks\n' : `${lines.join('\n')}\n`);
  }
  return items.some((one) => one.late > 0) ? 1 : 0;
}

interface AskOptions {
  readonly title?: string | undefined;
  readonly why?: string | undefined;
  readonly basis?: string | undefined;
  readonly due?: string | undefined;
  readonly minutes?: string | undefined;
  readonly post?: string | undefined;
  readonly json?: boolean | undefined;
}

async function ask(io: ClientIo, options: AskOptions): Promise<number> {
  const missing = (['title', 'why', 'basis', 'due', 'minutes'] as const).filter((name) => !options[name]);
  if (missing.length > 0) {
    io.stderr(`${help}\n缺少 missing: ${missing.map((name) => `--${name}`).join(' ')}\n`);
    return 2;
  }
  const due = new Date(options.due!);
  if (Number.isNaN(due.getTime())) {
    io.stderr(`--due：不是时间 not a time: ${options.due}\n`);
    return 2;
  }
  const campaign = await io.client.call(raiseCampaign, {
    body: {
      title: options.title!,
      why: options.why!,
      legalBasis: options.basis!,
      dueAt: due.toISOString(),
      minutes: Number(options.minutes),
      ...(options.post && { assignee: { post: options.post as 'leader' } }),
    },
  });
  if (options.json) io.stdout(`${JSON.stringify(campaign, null, 2)}\n`);
  else io.stdout(`已布置给 ${campaign.targets} 个单位 units asked: ${campaign.targets}\n`);
  return 0;
}

/** People here read Beijing time; `--json` keeps UTC. */
function beijing(time: string): string {
  return new Date(time).toLocaleString('sv-SE', { timeZone: 'Asia/Shanghai' }).slice(0, 16);
}
