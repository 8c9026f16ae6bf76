import { parseArgs } from 'node:util';
import { z } from 'zod';
import { type Config, loadConfig } from '#base/config';
import { fail } from '#base/errors';
import type { Io } from './commands.ts';

const help = `jiaodun start [--demo] [--data DIR] [--port N] [--roles LIST]

启动系统。starts the system.

  --data DIR     数据目录 where everything is kept (./data)
  --port N       网页端口 HTTP port (8080)
  --roles LIST   本机运行的角色 roles of this machine: postgres,logstore,collector,worker,web
  --demo         运行演示城市 runs the demonstration city (in an empty data directory)

其他设置见 docs/reference/config.md — other settings are environment variables.
`;

/** `jiaodun start`: runs until SIGINT or SIGTERM. Exit 0 after a clean stop, 2 when it cannot start. */
export async function startCommand(argv: string[], io: Io): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      demo: { type: 'boolean' },
      data: { type: 'string' },
      port: { type: 'string' },
      roles: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    io.stdout(help);
    return 0;
  }
  const config = readConfig({
    demo: values.demo,
    dataDir: values.data,
    port: values.port,
    roles: values.roles,
  });
  const { startSystem } = await import('../main.ts');
  // A signal during start must stop what is already running, so the handlers come first.
  const signalled = Promise.withResolvers<void>();
  const ending = new AbortController();
  const end = () => {
    if (ending.signal.aborted) return;
    io.stdout('正在停止 stopping…\n');
    ending.abort();
    signalled.resolve();
  };
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
  try {
    const system = await startSystem(config, (line) => io.stdout(`${line}\n`), ending.signal);
    await signalled.promise;
    await system.stop();
  } catch (error) {
    // Stopped before it had started: nothing runs any more, as was asked for.
    if (error !== ending.signal.reason) throw error;
  }
  return 0;
}

function readConfig(overrides: Partial<Record<keyof Config, unknown>>): Config {
  try {
    return loadConfig(overrides);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const summary = error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
    fail('base.invalid_input', { summary }, error);
  }
}
