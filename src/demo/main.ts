/**
 * The demonstration as a process of its own. Its parent sends one message, what `DemoMessage` says, once the
 * server answers; the process ends with SIGTERM or when the parent is gone, so that no orphan holds the ports.
 */
import { z } from 'zod';
import { systemClock } from '#base/clock';
import { runDemo } from './run-demo.ts';

const port = z.number().int().min(0).max(65535);
const demoMessage = z.object({
  serverUrl: z.url(),
  publicUrl: z.url(),
  setupToken: z.string(),
  dataDir: z.string().min(1),
  syslog: z.object({ host: z.string(), udpPort: port, tcpPort: port }),
});
export type DemoMessage = z.infer<typeof demoMessage>;

const ending = new AbortController();
for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => ending.abort());
process.on('disconnect', () => ending.abort());

process.once('message', (message) => {
  const print = (text: string): void => void process.stdout.write(`${text}\n`);
  runDemo({ ...demoMessage.parse(message), clock: systemClock, print, signal: ending.signal }).then(
    () => process.exit(0),
    (error: unknown) => {
      process.stderr.write(`演示 demo: ${error instanceof Error ? error.message : error}\n`);
      process.exit(1);
    },
  );
});
