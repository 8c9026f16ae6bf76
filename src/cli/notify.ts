import { parseArgs } from 'node:util';
import {
  type Channel,
  type Delivery,
  listChannels,
  listDeliveries,
  retryDeliveries,
  testChannel,
} from '#notify/contract';
import type { ClientIo } from './commands.ts';

const help = `jiaodun notify channels [--json]
jiaodun notify test CHANNEL [--to ADDRESS] [--json]
jiaodun notify dead [--retry] [--json]

消息通道与发送失败的消息。Message channels, and messages that could not be sent.

  channels   通道与状态 the channels and how they are
  test       发一条测试消息；CHANNEL 是名称或编号 sends a test; CHANNEL is a name or an id
  --to       邮件地址或手机号 for mail and short messages
  dead       发送失败的消息 messages that failed; --retry 全部重新发送 sends them all again

退出码 Exit code: 0 正常 well, 1 测试不通、有通道不通或有失败的消息 a test, a channel or a message failed,
2 用法或输入错误 usage or input error
`;

/** `jiaodun notify …`. */
export async function notifyCommand(argv: string[], io: ClientIo): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      to: { type: 'string' },
      retry: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    io.stdout(help);
    return 0;
  }
  const [what, name] = positionals;
  if (what === 'channels') return showChannels(io, values.json);
  if (what === 'dead') return showDead(io, values);
  if (what === 'test' && name !== undefined) return runTest(io, name, values);
  io.stderr(help);
  return 2;
}

async function showChannels(io: ClientIo, json: boolean): Promise<number> {
  const channels = await allChannels(io);
  if (json) io.stdout(`${JSON.stringify(channels, null, 2)}\n`);
  else
    io.stdout(channels.length === 0 ? '没有通道 no channels\n' : `${channels.map(channelLine).join('\n')}\n`);
  return channels.some((one) => one.enabled && one.brokenSince) ? 1 : 0;
}

async function allChannels(io: ClientIo): Promise<Channel[]> {
  const items: Channel[] = [];
  for (let page = 1; ; page += 1) {
    const reply = await io.client.call(listChannels, { query: { page, pageSize: 500 } });
    items.push(...reply.items);
    if (reply.items.length < 500) return items;
  }
}

function channelLine(one: Channel): string {
  const state = !one.enabled
    ? '停用 off'
    : one.brokenSince
      ? `不通 broken: ${one.lastError ?? ''}`
      : one.testedOk === false
        ? `测试不通 test failed: ${one.testedDetail ?? ''}`
        : one.testedAt === null
          ? '未测试 not tested'
          : '正常 well';
  return `${one.id}  ${one.kind.padEnd(8)}  ${one.name}  ${one.host}  ${state}  等待 waiting ${one.waiting}  失败 failed ${one.dead}`;
}

async function runTest(
  io: ClientIo,
  name: string,
  values: { to?: string | undefined; json: boolean },
): Promise<number> {
  const found = (await allChannels(io)).filter((one) => one.id === name || one.name === name);
  if (found.length !== 1) {
    const why =
      found.length === 0
        ? '没有这个通道 no such channel'
        : '有几个同名通道，请用编号 several have this name; give the id';
    io.stderr(`${why}: ${name}\n`);
    return 2;
  }
  const body = values.to === undefined ? {} : { to: values.to };
  const told = await io.client.call(testChannel, { params: { id: found[0]!.id }, body });
  io.stdout(values.json ? `${JSON.stringify(told)}\n` : `${told.zh}\n${told.en}\n`);
  return told.ok ? 0 : 1;
}

async function showDead(io: ClientIo, values: { retry: boolean; json: boolean }): Promise<number> {
  if (values.retry) {
    const { count } = await io.client.call(retryDeliveries, { body: {} });
    io.stdout(values.json ? `${JSON.stringify({ count })}\n` : `重新排队 back in the queue: ${count}\n`);
    return 0;
  }
  const { items, total } = await io.client.call(listDeliveries, { query: { state: 'dead', pageSize: 500 } });
  if (values.json) io.stdout(`${JSON.stringify({ total, items }, null, 2)}\n`);
  else if (total === 0) io.stdout('没有发送失败的消息 no dead letters\n');
  else io.stdout(`${items.map(deadLine).join('\n')}\n共 in all: ${total}\n`);
  return total > 0 ? 1 : 0;
}

function deadLine(one: Delivery): string {
  return `${one.at}  ${one.channel.padEnd(8)}  ${one.to}  ${one.subject}\n    ${one.error ?? ''}`;
}
