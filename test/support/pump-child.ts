/** A worker of one message lane in a process of its own, to be killed: `node pump-child.ts OWNER_URL DATA_DIR LANE NOW`. */
import { fakeClock } from '#base/clock';
import { loadConfig } from '#base/config';
import { createLogger } from '#base/log';
import type { LogstoreClient } from '#base/logstore/client';
import { makeApp } from '#base/make-app';
import { audit } from '../../src/modules/audit/module.ts';
import { auth } from '../../src/modules/auth/module.ts';
import { notify } from '../../src/modules/notify/module.ts';
import { pumpLane } from '../../src/modules/notify/pump.ts';
import { units } from '../../src/modules/units/module.ts';

const [ownerUrl = '', dataDir = '', lane = '', now = ''] = process.argv.slice(2);
const app = makeApp({
  config: loadConfig({ dataDir }),
  clock: fakeClock(now),
  log: createLogger('child', 'error'),
  ownerUrl,
  logstore: {} as LogstoreClient,
  modules: [audit, units, auth, notify],
});
await pumpLane(app, lane);
await app.close();
