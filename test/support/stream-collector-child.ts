/**
 * A collector of streams without a database, as a process that a test can kill: receivers and spool only. Prints one
 * line of JSON with its ports when it listens.
 */
import type { App } from '#base/app';
import { systemClock } from '#base/clock';
import { loadConfig } from '#base/config';
import { createLogger } from '#base/log';
import { repeat } from '#base/timers';
import { extraReceivers } from '../../src/modules/logs/receive/extra-receivers.ts';
import { SpoolGate } from '../../src/modules/logs/receive/spool-gate.ts';
import { Spool } from '../../src/modules/logs/spool/spool.ts';

const [dir, settings] = process.argv.slice(2);
const config = loadConfig({ dataDir: dir!, ...JSON.parse(settings!) });
const spool = new Spool({ dir: dir!, now: systemClock.now, onClosed: () => undefined });
await spool.open();
const onTrouble = (what: string, error: unknown) => process.stderr.write(`${what}: ${error}\n`);
const gate = new SpoolGate({ spool, onTrouble });
const app = { config, log: createLogger('test', 'error') } as App;
const receivers = extraReceivers
  .map((make) => make({ app, gate, now: systemClock.now, onTrouble }))
  .filter((one) => one !== null);
for (const one of receivers) await one.start();
repeat(50, () => void gate.flush());
process.stdout.write('listening\n');
process.once('SIGTERM', async () => {
  for (const one of receivers) await one.stop();
  await spool.rotate();
  process.exit(0);
});
