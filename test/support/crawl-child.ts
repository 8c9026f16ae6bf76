/** Crawls sites in a process of its own, to be killed: `node crawl-child.ts OWNER_URL DATA_DIR NOW SITE_ID…`. */
import { fakeClock } from '#base/clock';
import { loadConfig } from '#base/config';
import { createLogger } from '#base/log';
import type { LogstoreClient } from '#base/logstore/client';
import { makeApp } from '#base/make-app';
import { addresses } from '../../src/modules/addresses/module.ts';
import { audit } from '../../src/modules/audit/module.ts';
import { auth } from '../../src/modules/auth/module.ts';
import { findings } from '../../src/modules/findings/module.ts';
import { sites } from '../../src/modules/sites/module.ts';
import { units } from '../../src/modules/units/module.ts';
import { watch } from '../../src/modules/watch/module.ts';
import { createReaderPool } from '../../src/modules/watch/read-page.ts';
import { runCheck } from '../../src/modules/watch/run-check.ts';

const [ownerUrl = '', dataDir = '', now = '', ...siteIds] = process.argv.slice(2);
const app = makeApp({
  config: loadConfig({ dataDir }),
  clock: fakeClock(now),
  log: createLogger('child', 'error'),
  ownerUrl,
  logstore: {} as LogstoreClient,
  modules: [audit, units, auth, findings, addresses, sites, watch],
});
const pool = createReaderPool({ workers: 1 });
const { signal } = new AbortController();
await Promise.all(siteIds.map((id) => runCheck(app, id, { pool, signal })));
await pool.close();
await app.close();
