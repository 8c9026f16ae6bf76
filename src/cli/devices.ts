/** `jiaodun devices`: the register of devices from the command line. Importing is `jiaodun import devices`. */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import {
  type Device,
  deviceHistory,
  deviceSightings,
  deviceType,
  exportDevices,
  getDevice,
  listDevices,
} from '#addresses/contract';
import { findingState, listFindings } from '#findings/contract';
import { listUnits } from '#units/contract';
import { beijing } from './beijing.ts';
import type { ClientIo } from './commands.ts';
import { printable } from './trace-flags.ts';

const help = `jiaodun devices list [--q TEXT] [--unit CODE] [--type TYPE] [--no-owner] [--retired] [--json]
jiaodun devices show ASSET|ID|IP|MAC [--json]
jiaodun devices findings [--unit CODE] [--state open|fixed|closed|false_alarm] [--json]
jiaodun devices export [--unit CODE] [--out FILE.xlsx|FILE.csv]
jiaodun import devices FILE

设备台账：清单、一台的来历与网络中的出现、与网络不符的问题、导出（可修改后再导入）。使用人不在其中。
The register of devices: the list, one with its history and where it was seen, faults found by comparing with the
network, and the sheet that can be changed and imported again. Custodians are not named.

  --type  ${deviceType.options.join(' | ')}
  --out   默认 default devices.xlsx；- 为标准输出（csv）standard output, as csv

退出码 Exit code: 0 成功 done; 1 没有找到，或不止一台，或有未解决的问题 not found, more than one, or open findings
                  2 用法或输入错误 usage or input error
`;

const options = {
  q: { type: 'string' },
  unit: { type: 'string' },
  type: { type: 'string' },
  state: { type: 'string' },
  'no-owner': { type: 'boolean', default: false },
  retired: { type: 'boolean', default: false },
  out: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof options; allowPositionals: true }>>['values'];

/** Errors of the server go up to the caller. */
export async function devicesCommand(argv: string[], io: ClientIo): Promise<number> {
  const { values, positionals } = parseArgs({ args: argv, allowPositionals: true, options });
  const [verb, ...rest] = positionals;
  if (values.help) {
    io.stdout(help);
    return 0;
  }
  if (verb === 'show')
    return rest.length === 1 ? show(io, rest[0]!, values) : wrong(io, '请给出一台设备 name one device');
  if (rest.length > 0) return wrong(io, `多余的参数 unexpected: ${rest.join(' ')}`);
  if (verb === 'list') return list(io, values);
  if (verb === 'findings') return findings(io, values);
  if (verb === 'export') return saveExport(io, values);
  return wrong(io, 'list | show | findings | export');
}

function wrong(io: ClientIo, message: string): number {
  io.stderr(`${message}\n\n${help}`);
  return 2;
}

/** The id of a unit's code; null: there is none, which was told. */
async function unitIdOf(io: ClientIo, code: string | undefined): Promise<{ unitId?: string } | null> {
  if (code === undefined) return {};
  const { items } = await io.client.call(listUnits, { query: { q: code, pageSize: 500 } });
  const unit = items.find((one) => one.code === code);
  if (unit) return { unitId: unit.id };
  io.stderr(`没有这个单位 no such unit: ${code}\n`);
  return null;
}

async function list(io: ClientIo, values: Values): Promise<number> {
  const type = deviceType.optional().safeParse(values.type);
  if (!type.success) return wrong(io, `--type: ${deviceType.options.join(' | ')}`);
  const unit = await unitIdOf(io, values.unit);
  if (!unit) return 1;
  const filter = {
    ...unit,
    ...(values.q && { q: values.q }),
    ...(type.data && { type: type.data }),
    ...(values['no-owner'] && { owner: 'false' }),
    ...(values.retired && { retired: 'true' }),
  };
  const items: Device[] = [];
  for (let page = 1; ; page += 1) {
    const reply = await io.client.call(listDevices, { query: { ...filter, page, pageSize: 500 } });
    if (!values.json) for (const one of reply.items) io.stdout(`${lineOf(one)}\n`);
    items.push(...(values.json ? reply.items : []));
    if (reply.items.length < 500) {
      if (values.json) io.stdout(`${JSON.stringify({ items, total: items.length }, null, 2)}\n`);
      return 0;
    }
  }
}

function lineOf(one: Device): string {
  const parts = [
    one.assetNo,
    one.name,
    one.type,
    one.unitName,
    one.room,
    one.ips.join(' '),
    one.macs.join(' '),
  ];
  const owner = one.hasOwner ? '' : '无使用人 no owner';
  const retired = one.retiredAt === null ? '' : `停用 retired ${beijing(one.retiredAt)}`;
  return [...parts, owner, retired].flatMap((part) => (part ? printable(part) : [])).join('  ');
}

async function show(io: ClientIo, asked: string, values: Values): Promise<number> {
  const found = await findOne(io, asked);
  if (!found) return 1;
  const params = { id: found.id };
  const history = await io.client.call(deviceHistory, { params, query: { pageSize: 100 } });
  const seen = await io.client.call(deviceSightings, { params, query: { pageSize: 50 } });
  if (values.json) {
    io.stdout(`${JSON.stringify({ ...found, history: history.items, sightings: seen.items }, null, 2)}\n`);
    return 0;
  }
  io.stdout(`${lineOf(found)}\n\n来历 history\n`);
  for (const one of history.items) {
    const text = [one.text, one.holder === null ? '' : `使用人 custodian ${one.holder}`].filter(
      (part) => part !== '',
    );
    const valid = `${one.validFrom === null ? '—' : beijing(one.validFrom)} – ${one.validTo === null ? '—' : beijing(one.validTo)}`;
    io.stdout(
      `  ${one.kind}  ${text.map(printable).join(' · ')}  ${valid}  登记 recorded ${beijing(one.recordedFrom)}\n`,
    );
  }
  io.stdout('\n网络中的出现 seen in the network\n');
  for (const one of seen.items) {
    const place = [one.hostname, one.place].filter((part) => part !== '').map(printable);
    io.stdout(
      `  ${one.ip ?? '-'}  ${one.mac}  ${one.kind}  ${beijing(one.began)} – ${beijing(one.lastProof)}  ${place.join(' ')}\n`,
    );
  }
  return 0;
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** By id, or by whichever of asset number, IP and MAC it is written; several are told. */
async function findOne(io: ClientIo, asked: string): Promise<Device | null> {
  if (uuid.test(asked)) return io.client.call(getDevice, { params: { id: asked } });
  const { items } = await io.client.call(listDevices, { query: { q: asked, pageSize: 100 } });
  const plain = asked.toLowerCase();
  const same = items.filter(
    (one) => one.assetNo === asked || one.ips.includes(plain) || one.macs.includes(plain),
  );
  if (same.length === 1) return same[0]!;
  if (same.length === 0) io.stderr(`没有这台设备 no such device: ${asked}\n`);
  else
    io.stderr(
      `不止一台，请用编号 more than one, use the id:\n${same.map((one) => `  ${one.id}  ${lineOf(one)}\n`).join('')}`,
    );
  return null;
}

/** Faults that comparing the register with the network found. */
async function findings(io: ClientIo, values: Values): Promise<number> {
  const state = findingState.optional().safeParse(values.state);
  if (!state.success) return wrong(io, `--state: ${findingState.options.join(' | ')}`);
  const unit = await unitIdOf(io, values.unit);
  if (!unit) return 1;
  const wanted = state.data ?? 'open';
  const items = [];
  for (let page = 1; ; page += 1) {
    const query = { ...unit, state: wanted, page, pageSize: 500 };
    const reply = await io.client.call(listFindings, { query });
    items.push(...reply.items.filter((one) => one.rule.startsWith('addresses.')));
    if (reply.items.length < 500) break;
  }
  if (values.json) io.stdout(`${JSON.stringify({ items, total: items.length }, null, 2)}\n`);
  else if (items.length === 0) io.stdout('没有问题 no findings\n');
  else
    for (const one of items)
      io.stdout(
        `${one.id}  ${one.severity}  ${one.unitName}  ${one.rule}  ${printable(one.text)}  ${beijing(one.lastSeenAt)}\n`,
      );
  return wanted === 'open' && items.length > 0 ? 1 : 0;
}

async function saveExport(io: ClientIo, values: Values): Promise<number> {
  const out = values.out ?? 'devices.xlsx';
  const unit = await unitIdOf(io, values.unit);
  if (!unit) return 1;
  const format = out === '-' || out.toLowerCase().endsWith('.csv') ? 'csv' : 'xlsx';
  const bytes = await io.client.download(exportDevices, { query: { ...unit, format } });
  if (out === '-') {
    io.stdout(bytes.toString('utf8'));
    return 0;
  }
  // A name that the user did not choose overwrites nothing.
  await writeFile(out, bytes, { flag: values.out === undefined ? 'wx' : 'w' });
  io.stdout(`${out}\n`);
  return 0;
}
