/** Runs a command of the CLI inside the test, and keeps what it said. */
import { Readable } from 'node:stream';
import { type Client, createClient } from '../../src/cli/client.ts';
import type { ClientIo } from '../../src/cli/commands.ts';

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Given {
  /** Not given: a command that asks the server anything fails. */
  readonly client?: Client;
  readonly dataDir?: string;
  /** What is piped in. */
  readonly stdin?: string;
}

export async function runCommand(
  command: (argv: string[], io: ClientIo) => Promise<number>,
  argv: readonly string[],
  { stdin = '', client = createClient({ url: 'http://127.0.0.1:1' }), ...io }: Given = {},
): Promise<CommandResult> {
  let stdout = '';
  let stderr = '';
  const code = await command([...argv], {
    ...io,
    client,
    stdout: (text) => {
      stdout += text;
    },
    stderr: (text) => {
      stderr += text;
    },
    stdin: Readable.from(stdin === '' ? [] : [Buffer.from(stdin)]),
  });
  return { code, stdout, stderr };
}
