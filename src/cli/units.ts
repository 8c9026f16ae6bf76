import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import {
  type ChangeReply,
  closeUnit,
  exportUnits,
  getTree,
  getUnit,
  getUnitHistory,
  listUnits,
  mergeUnits,
  moveUnit,
  type TreeUnit,
  type Unit,
} from '#units/contract';
import type { ClientIo } from './commands.ts';

const help = `jiaodun units list [--on DATE] [--q TEXT] [--state open|closed|merged|all] [--json]
jiaodun units show CODE [--json]
jiaodun units export [--format xlsx|csv] [--q TEXT] [--state …] [--out FILE]
jiaodun units move CODE --to PARENT --doc 文号 --reason TEXT [--on DATE] [--preview] [--json]
jiaodun units merge CODE… --into CODE --doc 文号 --reason TEXT [--on DATE] [--preview] [--json]
jiaodun units close CODE --doc 文号 --reason TEXT [--on DATE] [--preview] [--json]

单位的登记与变更；变更有日期、文号和理由，日期在后的到期自动生效。
Units and their changes; a change has a date, a document number and a reason, a later one waits for its day.

  --on       list：这一天的组织树 the tree on that day；变更：生效日期 the day of effect，默认今天 default today
  --preview  只看会改变什么 only tells what would change
  --out      默认 default units.xlsx；- 为标准输出 standard output

退出码 Exit code: 0 成功 done, 1 没有找到或被拒 not found or refused, 2 用法错误 usage error
`;

const options = {
  on: { type: 'string' },
  q: { type: 'string' },
  state: { type: 'string' },
  to: { type: 'string' },
  into: { type: 'string' },
  doc: { type: 'string' },
  reason: { type: 'string' },
  format: { type: 'string', default: 'xlsx' },
  out: { type: 'string' },
  preview: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof options; allowPositionals: true }>>['values'];
type State = 'open' | 'closed' | 'merged' | 'all';

/** `jiaodun units …`. Errors of the server go up to the caller. */
export async function unitsCommand(argv: string[], io: ClientIo): Promise<number> {
  const { values, positionals } = parseArgs({ args: argv, allowPositionals: true, options });
  const [verb, ...codes] = positionals;
  if (values.help) {
    io.stdout(help);
    return 0;
  }
  if (values.state !== undefined && !['open', 'closed', 'merged', 'all'].includes(values.state)) {
    return wrong(io, '--state: open | closed | merged | all');
  }
  if (verb === 'list') return codes.length > 0 ? wrong(io, codes.join(' ')) : list(io, values);
  if (verb === 'show') return codes.length === 1 ? show(io, codes[0]!, values) : wrong(io, 'CODE');
  if (verb === 'export') return codes.length > 0 ? wrong(io, codes.join(' ')) : saveExport(io, values);
  if (verb === 'move' || verb === 'merge' || verb === 'close') return change(io, verb, codes, values);
  return wrong(io, verb === undefined ? 'list | show | export | move | merge | close' : verb);
}

function wrong(io: ClientIo, message: string): number {
  io.stderr(`${help}\n用法不对 bad usage: ${message}\n`);
  return 2;
}

async function list(io: ClientIo, values: Values): Promise<number> {
  if (values.on !== undefined) {
    const tree = await io.client.call(getTree, { query: { on: values.on } });
    const depth = (one: TreeUnit) => '  '.repeat(one.path.split('.').length - 1);
    const { q = '' } = values;
    const shown = tree.items.filter((one) => one.name.includes(q) || one.code.includes(q));
    if (values.json) io.stdout(`${JSON.stringify({ ...tree, items: shown }, null, 2)}\n`);
    else if (shown.length === 0) {
      io.stdout(`${values.on} 那天没有${values.q ? '相符的' : '登记在册的'}单位 no such unit on that day\n`);
    } else io.stdout(shown.map((one) => `${depth(one)}${one.code}  ${one.name}\n`).join(''));
    return 0;
  }
  const items: Unit[] = [];
  for (let page = 1; ; page += 1) {
    const reply = await io.client.call(listUnits, {
      query: {
        page,
        pageSize: 500,
        ...(values.q && { q: values.q }),
        ...(values.state && { state: values.state as State }),
      },
    });
    items.push(...reply.items);
    if (reply.items.length < 500) break;
  }
  if (values.json) io.stdout(`${JSON.stringify(items, null, 2)}\n`);
  else io.stdout(items.map((one) => `${one.code}  ${one.name}  ${one.parentName ?? ''}\n`).join(''));
  return 0;
}

/** The unit with exactly this code, whatever its state; undefined when none is in scope. */
async function byCode(io: ClientIo, code: string): Promise<Unit | undefined> {
  const { items } = await io.client.call(listUnits, { query: { q: code, state: 'all', pageSize: 500 } });
  const found = items.find((one) => one.code === code);
  if (!found) io.stderr(`没有找到单位 no such unit: ${code}\n`);
  return found;
}

async function show(io: ClientIo, code: string, values: Values): Promise<number> {
  const found = await byCode(io, code);
  if (!found) return 1;
  const unit = await io.client.call(getUnit, { params: { id: found.id } });
  const history = await io.client.call(getUnitHistory, { params: { id: found.id } });
  if (values.json) {
    io.stdout(`${JSON.stringify({ ...unit, history }, null, 2)}\n`);
    return 0;
  }
  const facts = Object.entries(unit)
    .filter(
      ([name, value]) => !['id', 'parentId', 'version'].includes(name) && value !== null && value !== '',
    )
    .map(([name, value]) => `  ${name.padEnd(20)}${Array.isArray(value) ? value.join('、') : String(value)}`);
  const periods = history.periods.map(
    (one) => `  ${one.from} – ${one.to ?? ''}  ${one.state}  ${one.name}  ${one.parentName ?? ''}`,
  );
  io.stdout(`${[`${unit.code}  ${unit.name}`, ...facts, '', ...periods].join('\n')}\n`);
  return 0;
}

async function saveExport(io: ClientIo, values: Values): Promise<number> {
  const format = values.format;
  if (format !== 'xlsx' && format !== 'csv') return wrong(io, '--format: xlsx | csv');
  const bytes = await io.client.download(exportUnits, {
    query: {
      format,
      ...(values.q && { q: values.q }),
      ...(values.state && { state: values.state as State }),
    },
  });
  if (values.out === '-') {
    if (format === 'xlsx') return wrong(io, '--out - : csv');
    io.stdout(bytes.toString('utf8'));
    return 0;
  }
  const out = values.out ?? `units.${format}`;
  await writeFile(out, bytes);
  io.stdout(`已导出 exported: ${out}\n`);
  return 0;
}

async function change(
  io: ClientIo,
  verb: 'move' | 'merge' | 'close',
  codes: readonly string[],
  values: Values,
): Promise<number> {
  const { doc, reason } = values;
  if (!doc || !reason) return wrong(io, '--doc, --reason');
  if (codes.length === 0 || (verb !== 'merge' && codes.length > 1)) return wrong(io, 'CODE');
  const code = verb === 'merge' ? values.into : codes[0];
  if (!code) return wrong(io, '--into CODE');
  if (verb === 'move' && !values.to) return wrong(io, '--to PARENT');
  const unit = await byCode(io, code);
  if (!unit) return 1;
  const effectiveOn = values.on ?? (await io.client.call(getTree, { query: {} })).on;
  const base = { effectiveOn, docNo: doc, reason };
  const target = { params: { id: unit.id }, query: { preview: String(values.preview) } };
  const reply =
    verb === 'move'
      ? await io.client.call(moveUnit, { ...target, body: { ...base, parentCode: values.to! } })
      : verb === 'merge'
        ? await io.client.call(mergeUnits, { ...target, body: { ...base, others: [...codes] } })
        : await io.client.call(closeUnit, { ...target, body: base });
  io.stdout(values.json ? `${JSON.stringify(reply, null, 2)}\n` : textOf(reply));
  return 0;
}

const outcomes = {
  applied: '已变更 done',
  planned: '已登记，到期自动生效 planned, takes effect on its day',
  preview: '预览，没有改动 preview, nothing was changed',
} as const;

function textOf(reply: ChangeReply): string {
  const lines: string[] = [outcomes[reply.state]];
  for (const { name, from, to } of reply.paths) lines.push(`  ${name}: ${from ?? '—'} → ${to}`);
  for (const { table, rows } of reply.moved) lines.push(`  ${table}: ${rows}`);
  return `${lines.join('\n')}\n`;
}
