/** What the demonstration remembers between starts: `<data>/demo/state.json`. */
import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import { closeServer, listenOn, PortTakenError } from './listen.ts';

const port = z.number().int().min(1).max(65535);

const stateShape = z.object({
  version: z.literal(1),
  seed: z.number().int(),
  ports: z.object({
    'school-07': port,
    'school-23': port,
    'school-41': port,
    smtp: port,
    mail: port,
  }),
  /** What the control page of the faulty site asks for. */
  token: z.string().min(20),
  /** Whether the planted fault is on the pages now. */
  faulty: z.boolean(),
  /** The end of the generated day of logs, fixed before the first line is made; null until then. */
  logsEnd: z.iso.datetime().nullable(),
  /** Steps of the feeding that were finished. */
  done: z.array(z.string()),
});
export type DemoState = z.infer<typeof stateShape>;

/** The ports tried first; a first start takes free ones instead of those that other programs hold. */
const WANTED: DemoState['ports'] = {
  'school-07': 18081,
  'school-23': 18082,
  'school-41': 18083,
  smtp: 18025,
  mail: 18026,
};
const SEED = 2009;

export interface StateFile {
  readonly dir: string;
  readonly state: Readonly<DemoState>;
  /** Changes the state on disk first, then in memory. Calls run one after the other. */
  change(edit: (state: DemoState) => void): Promise<void>;
  isDone(step: string): boolean;
  markDone(step: string): Promise<void>;
}

/**
 * Opens the demonstration of a data directory, making it on a first start: ports are chosen (those that are
 * free, and none of the product's `own`, which it opens later) and stay the same for ever, because the register of
 * websites names them.
 * Throws when the file is not what this program wrote.
 */
export async function openDemoState(dataDir: string, own: readonly number[] = []): Promise<StateFile> {
  const dir = join(dataDir, 'demo');
  const path = join(dir, 'state.json');
  // In two steps: the mode is for this folder only, the database's user must be able to enter the one above.
  await mkdir(dataDir, { recursive: true });
  await mkdir(dir, { recursive: true, mode: 0o700 });
  let state = await readState(path);
  if (!state) {
    state = await firstState(own);
    await writeState(path, state);
  }
  let current = state;
  let queue = Promise.resolve();
  const change = (edit: (state: DemoState) => void): Promise<void> => {
    const turn = queue.then(async () => {
      const next = structuredClone(current);
      edit(next);
      await writeState(path, next);
      current = next;
    });
    // A failed write is its caller's to handle; the next change starts from the last good state.
    queue = turn.catch(() => undefined);
    return turn;
  };
  return {
    dir,
    get state() {
      return current;
    },
    change,
    isDone: (step) => current.done.includes(step),
    markDone: (step) => change((next) => void (next.done.includes(step) || next.done.push(step))),
  };
}

/** Where the demonstration's mail server listens: the mail server that the product is to use. */
export function demoSmtpUrl(state: DemoState): string {
  return `smtp://127.0.0.1:${state.ports.smtp}`;
}

async function readState(path: string): Promise<DemoState | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return stateShape.parse(JSON.parse(text));
  } catch (error) {
    throw new Error(`${path} is not a state of this demonstration; move it away to begin anew`, {
      cause: error,
    });
  }
}

async function writeState(path: string, state: DemoState): Promise<void> {
  const file = await open(`${path}.part`, 'w', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(state, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.part`, path);
}

async function firstState(own: readonly number[]): Promise<DemoState> {
  const token = randomBytes(18).toString('base64url');
  const ports = await chooseFreePorts(own);
  return { version: 1, seed: SEED, ports, token, faulty: true, logsEnd: null, done: [] };
}

/** Five different ports that are free now and none of `own`, the usual ones where possible. Another program may still be first to take one. */
export async function chooseFreePorts(own: readonly number[] = []): Promise<DemoState['ports']> {
  const ports = { ...WANTED };
  const held = [];
  for (const name of Object.keys(ports) as (keyof typeof ports)[]) {
    // Held until all are chosen, so that no two get the same free port.
    const server = createServer();
    const wanted = own.includes(ports[name]) ? 0 : ports[name];
    ports[name] = await listenOn(server, wanted).catch((error: unknown) => {
      if (error instanceof PortTakenError) return listenOn(server, 0);
      throw error;
    });
    held.push(server);
  }
  await Promise.all(held.map(closeServer));
  return ports;
}
