import { parseArgs } from 'node:util';
import { getRebuild, listBindings, listPrefixes, nextFree, rebuildBindings } from '#addresses/contract';
import { beijing } from './beijing.ts';
import type { ClientIo } from './commands.ts';

const help = `jiaodun addresses bindings [--ip ADDRESS|PREFIX] [--mac MAC] [--realm R] [--json]
jiaodun addresses rebuild-bindings [--json]
jiaodun addresses rebuild-status [--json]
jiaodun addresses tree [PREFIX] [--realm R] [--json]
jiaodun addresses next-free PREFIX [--length N] [--realm R] [--json]

谁在何时用过哪个地址（来自日志与 SNMP 采集）；从日志重建这些记录。
Who had which address when, by the logs and SNMP; making these records again from the logs.

  --ip     地址或地址段 an address or a prefix
  --mac    硬件地址 a hardware address
  tree       下级地址段与占用 the prefixes within one (or the topmost), and how full they are
  next-free  空闲的 /N 地址段与设备地址 the lowest free /N, and the lowest free address for a device

退出码 Exit code: 0 成功 done, 1 被拒 refused, 2 用法错误 usage error
`;

const verbs = ['bindings', 'rebuild-bindings', 'rebuild-status'];
const prefixVerbs = ['tree', 'next-free'];

/** `jiaodun addresses …`. Errors of the server go up to the caller. */
export async function addressesCommand(argv: string[], io: ClientIo): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      ip: { type: 'string' },
      mac: { type: 'string' },
      realm: { type: 'string' },
      length: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const [verb = '', ...more] = positionals;
  if (!values.help && prefixVerbs.includes(verb) && more.length <= 1)
    return showPrefixes(io, verb, more[0], values);
  if (values.help || !verbs.includes(verb) || more.length > 0) {
    (values.help ? io.stdout : io.stderr)(help);
    return values.help ? 0 : 2;
  }
  if (verb === 'bindings') return showBindings(io, values);
  const last =
    verb === 'rebuild-bindings'
      ? await io.client.call(rebuildBindings, { body: {} })
      : (await io.client.call(getRebuild, {})).last;
  if (values.json) io.stdout(`${JSON.stringify(last)}\n`);
  else if (!last) io.stdout('从未重建 never rebuilt\n');
  else {
    const ended = last.ended ? `完成于 done ${beijing(last.ended)}` : '进行中 running';
    io.stdout(
      `${beijing(last.began)}  ${ended}  地址 addresses ${last.addresses}  改变 changed ${last.changed}\n`,
    );
  }
  return 0;
}

interface Filter {
  readonly ip?: string | undefined;
  readonly mac?: string | undefined;
  readonly realm?: string | undefined;
  readonly json: boolean;
}

async function showBindings(io: ClientIo, { json, ...filter }: Filter): Promise<number> {
  const query = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
  const reply = await io.client.call(listBindings, { query: { ...query, page: 1, pageSize: 100 } });
  if (json) io.stdout(`${JSON.stringify(reply)}\n`);
  else
    for (const one of reply.items) {
      const where = [one.hostname, one.nas, one.port].filter((word) => word !== '').join(' ');
      const what = `${one.ip ?? '-'}  ${one.mac}  ${one.kind}  ${beijing(one.began)} – ${beijing(one.lastProof)}`;
      io.stdout(`${what}  ${one.state}  ${where}\n`);
    }
  return 0;
}

interface Wanted {
  readonly realm?: string | undefined;
  readonly length?: string | undefined;
  readonly json: boolean;
}

async function showPrefixes(
  io: ClientIo,
  verb: string,
  cidr: string | undefined,
  { realm, length, json }: Wanted,
): Promise<number> {
  const within = realm === undefined ? {} : { realm };
  const found = cidr ? await findPrefix(io, cidr, within) : undefined;
  const needless = verb === 'tree' ? length !== undefined : !cidr;
  if (needless || (length !== undefined && !/^\d{1,3}$/.test(length))) {
    io.stderr(help);
    return 2;
  }
  if (cidr && !found) {
    io.stderr(`没有这个地址段 no such prefix: ${cidr}\n`);
    return 1;
  }
  if (verb === 'next-free') {
    const query = length === undefined ? {} : { length: Number(length) };
    const free = await io.client.call(nextFree, { params: { id: found!.id }, query });
    const none = '没有 none';
    io.stdout(
      json
        ? `${JSON.stringify(free)}\n`
        : `${length === undefined ? '' : `地址段 prefix  ${free.prefix ?? none}\n`}设备地址 host  ${free.host ?? none}\n`,
    );
    return 0;
  }
  const query = { ...within, ...(found && { parentId: found.id }), pageSize: 500 };
  const reply = await io.client.call(listPrefixes, { query });
  if (json) io.stdout(`${JSON.stringify(reply)}\n`);
  else
    for (const one of reply.items) {
      const share = `${Math.round(one.taken * 1000) / 10}%`;
      io.stdout(`${one.cidr}  ${one.realm}  ${one.role}  ${one.unitName}  ${share}  ${one.devices}\n`);
    }
  return 0;
}

async function findPrefix(io: ClientIo, cidr: string, within: object) {
  const { items } = await io.client.call(listPrefixes, { query: { ...within, q: cidr, pageSize: 500 } });
  return items.find((one) => one.cidr === cidr);
}
