/**
 * The demonstration: serves the city's websites and mailboxes and feeds its registers and logs into a running
 * server through the public API. What is found, preserved, traced and reported follows from the product.
 */
import { join } from 'node:path';
import type { Clock } from '#base/clock';
import { pause } from '#base/timers';
import { CITY_OFFICER, staffAccounts } from './accounts.ts';
import { type Api, ApiUnavailableError, createApi, type Session } from './api.ts';
import { buildCity } from './city.ts';
import type { City } from './city-model.ts';
import {
  awaitIndexed,
  liveLines,
  liveSender,
  registerSources,
  type SyslogAddress,
  sendLive,
  uploadLogs,
} from './feed-logs.ts';
import {
  accountsFor,
  addAccounts,
  importTable,
  putPolicy,
  readSetupToken,
  setUpOnce,
  signInAs,
} from './feed-registers.ts';
import { guideText } from './guide.ts';
import type { ImportKind } from './import-files.ts';
import { PortTakenError } from './listen.ts';
import { makeLogDay, writeLogFiles } from './logs.ts';
import { type MailKeeper, startMailKeeper } from './mail-keeper.ts';
import { chooseFreePorts, openDemoState, type StateFile } from './state.ts';
import { startWebsites, type Websites } from './websites.ts';

export interface DemoOptions {
  /** Where the API is, e.g. `http://127.0.0.1:8080`. */
  readonly serverUrl: string;
  /** Where a person opens the product. */
  readonly publicUrl: string;
  /** The data directory of the installation; the demonstration keeps its own things in `demo/` below it. */
  readonly dataDir: string;
  /** The ports that the product itself opens later. */
  readonly ownPorts: readonly number[];
  /** The product's syslog receiver. */
  readonly syslog: SyslogAddress;
  readonly clock: Clock;
  readonly print: (line: string) => void;
}

export interface RunningDemo {
  /** Resolves when everything is fed, or on stop; rejects when the product refused something. */
  readonly fed: Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts websites and mailboxes, and feeds the product as soon as it answers. With a data directory that was fed
 * before it only serves, on the same ports. Throws `PortTakenError` when one of those is taken.
 */
export async function runDemo(options: DemoOptions): Promise<RunningDemo> {
  const file = await openDemoState(options.dataDir, options.ownPorts);
  const { city, websites, mailboxes } = await openServers(file, options);
  const ending = new AbortController();
  const run: Run = { city, file, options, signal: ending.signal };
  const fed = feedUntilDone(run).then(
    async () => {
      const live = { sender: await liveSender(), udpPort: options.syslog.udpPort };
      options.print(guideText(city, file.state, options.publicUrl, live));
    },
    (error: unknown) => {
      if (!ending.signal.aborted) throw error;
    },
  );
  return {
    fed,
    stop: async () => {
      ending.abort(new Error('the demonstration is stopping'));
      await Promise.allSettled([fed]);
      await websites.close();
      await mailboxes.close();
    },
  };
}

const CHOICES_OF_PORTS = 5;

/**
 * On the listed ports; while nothing is fed and so nobody was told of them, a port that another program took since it was
 * chosen (two demonstrations that start in the same second choose the same) leads to another choice.
 */
async function openServers(file: StateFile, options: DemoOptions): Promise<Servers> {
  for (let choice = 1; ; choice++) {
    try {
      return await openOnChosenPorts(file, options);
    } catch (error) {
      const isFirstStart = file.state.done.length === 0;
      if (!(error instanceof PortTakenError) || !isFirstStart || choice >= CHOICES_OF_PORTS) throw error;
    }
    const ports = await chooseFreePorts(options.ownPorts);
    await file.change((state) => {
      state.ports = ports;
    });
  }
}

interface Servers {
  readonly city: City;
  readonly websites: Websites;
  readonly mailboxes: MailKeeper;
}

async function openOnChosenPorts(file: StateFile, options: DemoOptions): Promise<Servers> {
  const { ports } = file.state;
  const at = (port: number): string => `127.0.0.1:${port}`;
  const city = buildCity({
    seed: file.state.seed,
    resolveTo: {
      'school-07': at(ports['school-07']),
      'school-23': at(ports['school-23']),
      'school-41': at(ports['school-41']),
    },
  });
  const websites = await openWebsites(city, file);
  const mailboxes = await openMailboxes(file, options).catch(async (error: unknown) => {
    await websites.close();
    throw error;
  });
  return { city, websites, mailboxes };
}

interface Run {
  readonly city: City;
  readonly file: StateFile;
  readonly options: DemoOptions;
  readonly signal: AbortSignal;
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

/**
 * However long the product takes to start: it starts after us, and ends us when it cannot. Rejects only when `signal` is
 * aborted.
 */
async function untilServerAnswers(serverUrl: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const answer = await fetch(new URL('/healthz', serverUrl), { signal }).catch(() => undefined);
    if (answer) return void (await answer.body?.cancel());
    await pause(RETRY_MS);
  }
}

/** Goes through the steps again from the first unfinished one while the server cannot be asked. */
async function feedUntilDone(run: Run): Promise<void> {
  const { file, options, signal } = run;
  await untilServerAnswers(options.serverUrl, signal);
  for (let tries = 1; ; tries++) {
    const api = createApi(options.serverUrl, signal);
    try {
      for (const step of feedingSteps(run, api)) {
        if (file.isDone(step.name)) continue;
        if (tries === 1) options.print(`演示 demo: ${step.says}`);
        await step.run();
        await file.markDone(step.name);
        tries = 1;
      }
      return;
    } catch (error) {
      if (!(error instanceof ApiUnavailableError) || tries >= MAX_TRIES) throw error;
      if (tries === 1) options.print(`演示 demo: ${error.message}; trying again`);
      await pause(RETRY_MS);
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
function feedingSteps(run: Run, api: Api): Step[] {
  const officer = () => signInAs(api, CITY_OFFICER.username);
  const step = (name: string, says: string, work: () => Promise<void>): Step => ({ name, says, run: work });
  const importStep = (kind: ImportKind, says: string): Step =>
    step(`import-${kind}`, says, async () => importTable(await officer(), run.city, kind));
  return [
    step('set-up', '首次设置 first set-up', async () =>
      setUpOnce(api, await readSetupToken(run.options.dataDir)),
    ),
    step('city-accounts', '市局账号 city accounts', () => addAccounts(api, accountsFor('city'))),
    importStep('units', '导入单位 units'),
    importStep('people', '导入人员 people'),
    importStep('allocations', '导入地址分配 address allocations'),
    importStep('devices', '导入设备 devices'),
    step('accounts', '县校账号 other accounts', () => addAccounts(api, accountsFor('all'), run.city)),
    step('policy', '事件规则 incident policy', async () => putPolicy(await officer())),
    step('logs', '导入一天的日志 a day of logs', async () => feedLogs(run, await officer())),
    step('live', '实时日志 live syslog', () => feedLive(run)),
    importStep('sites', '登记网站，自动检查随即开始 websites; crawling starts by itself'),
    step('staff', '各校各县的账号 an account for each school and county', () =>
      addAccounts(api, staffAccounts(run.city), run.city),
    ),
  ];
}

async function feedLogs({ city, file, options }: Run, officer: Session): Promise<void> {
  if (file.state.logsEnd === null) {
    const end = options.clock.now().toISOString();
    await file.change((state) => {
      state.logsEnd = end;
    });
  }
  const day = makeLogDay(city, new Date(file.state.logsEnd!));
  const sources = day.sources.map(({ source }) => source);
  await registerSources(officer, city, sources, await liveSender());
  const files = await writeLogFiles(day, join(file.dir, 'logs'));
  const segments = await uploadLogs(officer, files);
  const { unparsable } = await awaitIndexed(officer, segments);
  if (unparsable > 0) options.print(`演示 demo: ${unparsable} lines could not be read by the product`);
}

/** Syslog has no receipt: the step is marked first, so that a restart loses lines rather than doubling them. */
async function feedLive({ city, file, options }: Run): Promise<void> {
  await file.markDone('live');
  const lines = liveLines(city, options.clock.now());
  try {
    await sendLive(lines, options.syslog, await liveSender());
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    options.print(`演示 demo: live syslog was not taken (${reason}); the demonstration goes on without it`);
  }
}
