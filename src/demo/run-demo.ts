/**
 * The demonstration: serves the city's websites and mailboxes and feeds its registers and logs into a running
 * server through the public API. What is found, preserved, traced and reported follows from the product.
 */
import { join } from 'node:path';
import type { Clock } from '#base/clock';
import { CITY_OFFICER } from './accounts.ts';
import { type Api, ApiUnavailableError, createApi } from './api.ts';
import { buildCity } from './city.ts';
import type { City } from './city-model.ts';
import {
  awaitIndexed,
  liveLines,
  registerSources,
  type SyslogAddress,
  sendLive,
  uploadLogs,
} from './feed-logs.ts';
import { accountsFor, addAccounts, importTable, putPolicy, setUpOnce, signInAs } from './feed-registers.ts';
import { guideText } from './guide.ts';
import type { ImportKind } from './import-files.ts';
import { makeLogDay, writeLogFiles } from './logs.ts';
import { type MailKeeper, startMailKeeper } from './mail-keeper.ts';
import { pause } from './pause.ts';
import { openDemoState, type StateFile } from './state.ts';
import { startWebsites, type Websites } from './websites.ts';

export interface DemoOptions {
  /** Where the API is, e.g. `http://127.0.0.1:8080`. */
  readonly serverUrl: string;
  /** Where a person opens the product. */
  readonly publicUrl: string;
  /** The one-time token of the first set-up; unused once that was done. */
  readonly setupToken: string;
  /** The data directory of the installation; the demonstration keeps its own things in `demo/` below it. */
  readonly dataDir: string;
  /** The product's syslog receiver. */
  readonly syslog: SyslogAddress;
  readonly clock: Clock;
  readonly print: (line: string) => void;
  /** Ends the demonstration: its servers are closed and the promise resolves. */
  readonly signal: AbortSignal;
}

/** Runs until the signal. Throws when a port is taken or the data directory is not the demonstration's. */
export async function runDemo(options: DemoOptions): Promise<void> {
  const file = await openDemoState(options.dataDir);
  const { state } = file;
  const at = (port: number): string => `127.0.0.1:${port}`;
  const city = buildCity({
    seed: state.seed,
    resolveTo: {
      'school-07': at(state.ports['school-07']),
      'school-23': at(state.ports['school-23']),
      'school-41': at(state.ports['school-41']),
    },
  });
  const servers: (MailKeeper | Websites)[] = [];
  try {
    servers.push(await openWebsites(city, file), await openMailboxes(file, options));
    await feedUntilDone(city, file, options);
    options.print(guideText(city, file.state, options.publicUrl));
    await untilAborted(options.signal);
  } catch (error) {
    if (!options.signal.aborted) throw error;
  } finally {
    for (const server of servers) await server.close();
  }
}

function openWebsites(city: City, file: StateFile): Promise<Websites> {
  const { smtp: _smtp, mail: _mail, ...ports } = file.state.ports;
  return startWebsites({
    city,
    ports,
    token: file.state.token,
    faulty: file.state.faulty,
    onFault: (faulty) =>
      file.change((state) => {
        state.faulty = faulty;
      }),
  });
}

function openMailboxes(file: StateFile, { clock, print }: DemoOptions): Promise<MailKeeper> {
  return startMailKeeper({
    dir: join(file.dir, 'mail'),
    smtpPort: file.state.ports.smtp,
    webPort: file.state.ports.mail,
    now: () => clock.now(),
    onError: (error) => print(`演示邮箱 mail keeper: ${error.message}`),
  });
}

const RETRY_MS = 1000;
/** A server that restarts is back within seconds; one that never answers is told after some minutes. */
const MAX_TRIES = 180;

/** Goes through the steps again from the first unfinished one while the server cannot be asked. */
async function feedUntilDone(city: City, file: StateFile, options: DemoOptions): Promise<void> {
  const api = createApi(options.serverUrl, options.signal);
  for (let tries = 1; ; tries++) {
    try {
      for (const step of feedingSteps(city, file, options, api)) {
        if (file.isDone(step.name)) continue;
        options.print(`演示 demo: ${step.says}`);
        await step.run();
        await file.markDone(step.name);
        tries = 1;
      }
      return;
    } catch (error) {
      if (!(error instanceof ApiUnavailableError) || tries >= MAX_TRIES) throw error;
      if (tries === 1) options.print(`演示 demo: ${error.message}; trying again`);
      await pause(RETRY_MS, options.signal);
    }
  }
}

interface Step {
  readonly name: string;
  readonly says: string;
  readonly run: () => Promise<void>;
}

/**
 * The order matters: the websites are registered last, because a registered site is crawled at once and
 * the trace of what is found needs logs that can be searched.
 */
function feedingSteps(city: City, file: StateFile, options: DemoOptions, api: Api): Step[] {
  const officer = () => signInAs(api, CITY_OFFICER.username);
  const importStep = (kind: ImportKind, says: string): Step => ({
    name: `import-${kind}`,
    says,
    run: async () => void (await importTable(await officer(), city, kind)),
  });
  return [
    { name: 'set-up', says: '首次设置 first set-up', run: () => setUpOnce(api, options.setupToken) },
    {
      name: 'city-accounts',
      says: '市局账号 city accounts',
      run: () => addAccounts(api, accountsFor('city')),
    },
    importStep('units', '导入单位 units'),
    importStep('people', '导入人员 people'),
    importStep('allocations', '导入地址分配 address allocations'),
    importStep('devices', '导入设备 devices'),
    { name: 'accounts', says: '县校账号 other accounts', run: () => addAccounts(api, accountsFor('all')) },
    { name: 'policy', says: '事件规则 incident policy', run: async () => putPolicy(await officer()) },
    { name: 'logs', says: '导入一天的日志 a day of logs', run: () => feedLogs(city, file, options, api) },
    { name: 'live', says: '实时日志 live syslog', run: () => feedLive(city, file, options) },
    importStep('sites', '登记网站，自动检查随即开始 websites; crawling starts by itself'),
  ];
}

async function feedLogs(city: City, file: StateFile, options: DemoOptions, api: Api): Promise<void> {
  if (file.state.logsEnd === null) {
    const end = options.clock.now().toISOString();
    await file.change((state) => {
      state.logsEnd = end;
    });
  }
  const day = makeLogDay(city, new Date(file.state.logsEnd!));
  const officer = await signInAs(api, CITY_OFFICER.username);
  await registerSources(
    officer,
    city,
    day.sources.map(({ source }) => source),
  );
  const files = await writeLogFiles(day, join(file.dir, 'logs'));
  const segments = await uploadLogs(officer, files);
  const { unparsable } = await awaitIndexed(officer, segments, options.signal);
  if (unparsable > 0) options.print(`演示 demo: ${unparsable} lines could not be read by the product`);
}

/** Syslog has no receipt: the step is marked first, so that a restart loses lines rather than doubling them. */
async function feedLive(city: City, file: StateFile, options: DemoOptions): Promise<void> {
  await file.markDone('live');
  const lines = liveLines(city, options.clock.now());
  try {
    await sendLive(lines, options.syslog);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    options.print(`演示 demo: live syslog was not taken (${reason}); the demonstration goes on without it`);
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
