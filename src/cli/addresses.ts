import { parseArgs } from 'node:util';
import { getRebuild, listBindings, rebuildBindings } from '#addresses/contract';
import { beijing } from './beijing.ts';
import type { ClientIo } from './commands.ts';

const help = `jiaodun addresses bindings [--ip ADDRESS|PREFIX] [--mac MAC] [--realm R] [--json]
jiaodun addresses rebuild-bindings [--json]
jiaodun addresses rebuild-status [--json]

谁在何时用过哪个地址（来自日志与 SNMP 采集）；从日志重建这些记录。
Who had which address when, by the logs and SNMP; making these records again from the logs.

  --ip     地址或地址段 an address or a prefix
  --mac    硬件地址 a hardware address

退出码 Exit code: 0 成功 done, 1 被拒 refused, 2 用法错误 usage error
`;

const verbs = ['bindings', 'rebuild-bindings', 'rebuild-status'];

/** `jiaodun addresses …`. Errors of the server go up to the caller. */
export async function addressesCommand(argv: string[], io: ClientIo): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      ip: { type: 'string' },
      mac: { type: 'string' },
      realm: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const [verb = '', ...more] = positionals;
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
