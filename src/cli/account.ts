import { parseArgs } from 'node:util';
import { kickOutAccount, listAccounts, proposeReset, resetPassword, unlockAccount } from '#auth/contract';
import { AppError } from '#base/errors';
import type { ClientIo } from './commands.ts';

const help = `jiaodun account unlock USERNAME
jiaodun account reset USERNAME --reason TEXT [--factors] [--propose]
jiaodun account kick-out USERNAME

解锁账号；重置密码；为丢失第二因素的人提出重置（须另一名管理员在网页上批准）；结束全部登录。
unlocks an account; gives a new first password; proposes the reset of lost second factors, which
an administrator approves in the web UI; ends every session of an account.

  --reason TEXT   理由，写入审计日志 why; kept in the audit log
  --factors       重置第二因素 the second factors, not the password
  --propose       管理员的密码：提出，由另一人批准 an administrator's password: propose, another approves
`;

/** `jiaodun account`: what an administrator does for somebody who cannot get in. */
export async function accountCommand(argv: string[], io: ClientIo): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      reason: { type: 'string' },
      factors: { type: 'boolean' },
      propose: { type: 'boolean' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const [verb, username] = positionals;
  const run = works[verb as keyof typeof works];
  if (values.help || !run || !username) {
    (values.help ? io.stdout : io.stderr)(help);
    return values.help ? 0 : 2;
  }
  const account = await findByName(io, username);
  const told = await run(io, account, values);
  io.stdout(values.json ? `${JSON.stringify(told.data)}\n` : `${told.text}\n`);
  return 0;
}

interface Told {
  readonly text: string;
  readonly data: object;
}

interface Options {
  readonly reason?: string | undefined;
  readonly factors?: boolean | undefined;
  readonly propose?: boolean | undefined;
}

interface Account {
  readonly id: string;
  readonly username: string;
}

async function findByName(io: ClientIo, username: string): Promise<Account> {
  const { items } = await io.client.call(listAccounts, { query: { q: username, pageSize: 500 } });
  const found = items.find((one) => one.username === username.toLowerCase());
  if (!found) throw new AppError('base.not_found', { what: username });
  return found;
}

async function unlock(io: ClientIo, { id, username }: Account): Promise<Told> {
  await io.client.call(unlockAccount, { params: { id } });
  return { text: `已解锁 unlocked: ${username}`, data: { unlocked: username } };
}

async function endAll(io: ClientIo, { id, username }: Account): Promise<Told> {
  const { ended } = await io.client.call(kickOutAccount, { params: { id } });
  return { text: `已结束 ${ended} 个登录 sessions ended: ${ended} (${username})`, data: { ended } };
}

async function reset(io: ClientIo, { id, username }: Account, options: Options): Promise<Told> {
  if (!options.reason) throw new AppError('base.invalid_input', { summary: '--reason' });
  const { reason } = options;
  if (options.factors || options.propose) {
    const what = options.factors ? ('factors' as const) : ('password' as const);
    const request = await io.client.call(proposeReset, { params: { id }, body: { what, reason } });
    return {
      text: `已提出，等待另一名管理员批准 proposed, waits for another administrator: ${username}`,
      data: request,
    };
  }
  const { password } = await io.client.call(resetPassword, { params: { id }, body: { reason } });
  return {
    text: `新的初始密码（只显示一次）new first password, shown once: ${password}`,
    data: { username, password },
  };
}

const works = { unlock, reset, 'kick-out': endAll } as const;
