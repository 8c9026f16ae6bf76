/**
 * A Chromium that sees only what it is handed. It has no network of its own: every request of a page is answered
 * by the caller (`RenderJob.answer`), so the rules of `#base/outbound` hold for pages too. See `browser/confinement`
 * for the user, sandbox and limits.
 */
import { chmod, chown, lstat, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import {
  type Confinement,
  isOpenToAll,
  launcherScript,
  listConfinements,
  NOBODY,
} from '#base/browser/confinement';
import { guardMemory } from '#base/browser/guard-memory';
import { type Rendered, type RenderJob, renderPage } from '#base/browser/render-page';
import { unpackChromium } from '#base/browser/unpack-chromium';
import type { ErrorCode } from '#base/contract';
import { fail, registerErrors } from '#base/errors';
import { writeFontConfig } from '#base/fonts';
import { openToAll } from '#base/open-to-all';

export type { SpotRequest } from '#base/browser/look-for-spots';
export type { MarkedSpot } from '#base/browser/mark-picture';
export type { PageAnswer, PageRequest } from '#base/browser/render-page';

const browserErrors = {
  'browser.unavailable': {
    status: 503,
    zh: '浏览器无法启动：{reason}',
    en: 'The browser cannot be started: {reason}',
  },
} as const satisfies Record<string, ErrorCode>;
registerErrors(browserErrors);

export interface PageBrowser {
  readonly version: string;
  /** How it is confined on this machine; goes into the evidence. */
  readonly confinement: Omit<Confinement, 'prefix'>;
  /** Renders one address in a fresh context. Throws when the page could not be drawn. */
  render(job: RenderJob): Promise<Rendered>;
  close(): Promise<void>;
}

export interface BrowserOptions {
  /** Where the browser and fonts are unpacked once. Anyone may read it. */
  readonly cacheDir: string;
  /** A Chromium of the machine instead of npm's. */
  readonly executable?: string;
  /** All its processes together, in MB; above it the browser is killed and the page fails. Default 2048. */
  readonly maxMemoryMb?: number;
  /** Ways to confine it, tried in order. Default: all that this user may try, the strongest first. */
  readonly ways?: readonly Confinement[];
}

const MEMORY_MB = 2048;

/**
 * Starts a browser with the strongest confinement that works here. Fails with `browser.unavailable` and the last
 * reason when none does. One browser may render many pages; close it when they are done.
 */
export async function launchBrowser(options: BrowserOptions): Promise<PageBrowser> {
  const isRoot = process.getuid?.() === 0;
  const cacheDir = await reachableCache(options.cacheDir, isRoot);
  const home = await mkdtemp(join(tmpdir(), 'jiaodun-page-'));
  try {
    const files = options.executable
      ? { executable: options.executable, libraries: '' }
      : await unpackChromium(cacheDir);
    const fontConfig = await writeFontConfig(join(cacheDir, 'fonts'));
    const profile = await makeProfile(home, isRoot);
    const environment = {
      HOME: profile,
      TMPDIR: profile,
      XDG_CACHE_HOME: profile,
      FONTCONFIG_FILE: fontConfig,
      PATH: '/usr/bin:/bin:/usr/sbin:/sbin',
      LANG: 'zh_CN.UTF-8',
      ...(files.libraries ? { LD_LIBRARY_PATH: files.libraries } : {}),
    };
    const ways = options.ways ?? listConfinements(isRoot);
    const { browser, confinement } = await launchConfined(files.executable, home, profile, environment, ways);
    const { prefix: _, ...facts } = confinement;
    return {
      version: `Chromium ${browser.version()}`,
      confinement: facts,
      render: (job) => renderGuarded(browser, job, profile, options.maxMemoryMb ?? MEMORY_MB),
      close: async () => {
        await browser.close();
        await removeHome(home);
      },
    };
  } catch (error) {
    await removeHome(home);
    return fail('browser.unavailable', { reason: firstLines(error) }, error);
  }
}

async function renderGuarded(
  browser: Browser,
  job: RenderJob,
  profile: string,
  maxMemoryMb: number,
): Promise<Rendered> {
  const done = new AbortController();
  const guard = guardMemory(`--user-data-dir=${profile}`, maxMemoryMb * 1024 * 1024, done.signal);
  try {
    return await renderPage(browser, job);
  } catch (error) {
    done.abort();
    const used = await guard;
    if (used === undefined) throw error;
    const reason = `the page took ${Math.round(used / 1024 / 1024)} MB of memory; the limit is ${maxMemoryMb} MB`;
    return fail('browser.unavailable', { reason }, error);
  } finally {
    done.abort();
    await guard;
  }
}

async function launchConfined(
  executable: string,
  home: string,
  profile: string,
  environment: Record<string, string>,
  ways: readonly Confinement[],
): Promise<{ browser: Browser; confinement: Confinement }> {
  // Loaded only here: it is large, and most processes never render.
  const { chromium } = await import('playwright-core');
  let last: unknown;
  for (const confinement of ways) {
    const launcher = join(
      home,
      `launch-${confinement.network === 'none' ? 'offline' : 'proxied'}-${confinement.sandbox}`,
    );
    await writeFile(launcher, launcherScript(confinement.prefix, executable, profile), { mode: 0o755 });
    try {
      const browser = await chromium.launch({
        executablePath: launcher,
        chromiumSandbox: confinement.sandbox,
        env: environment,
        args: FLAGS,
        timeout: 20_000,
        handleSIGINT: false,
        handleSIGTERM: false,
        handleSIGHUP: false,
      });
      try {
        await probe(browser);
        return { browser, confinement };
      } catch (error) {
        await browser.close();
        throw error;
      }
    } catch (error) {
      last = error;
    }
  }
  throw last;
}

/** A browser may start and yet be unable to start a page's process: only a drawn page proves it. */
async function probe(browser: Browser): Promise<void> {
  const page = await browser.newPage();
  await page.setContent('<p>教盾</p>', { timeout: 10_000 });
  await page.screenshot({ timeout: 10_000 });
  await page.close();
}

/** Besides Playwright's own. The proxy is a port where nothing listens: what is not answered for goes nowhere. */
const FLAGS = [
  '--proxy-server=http://127.0.0.1:9',
  '--proxy-bypass-list=<-loopback>',
  '--host-resolver-rules=MAP * ~NOTFOUND',
  '--force-webrtc-ip-handling-policy=disable_non_proxied_udp',
  '--disable-quic',
  '--disable-domain-reliability',
  '--no-pings',
  '--disable-gpu',
  '--disable-webgl',
  '--font-render-hinting=none',
  '--js-flags=--max-old-space-size=512',
  '--renderer-process-limit=4',
];

/** As root the browser runs as nobody, who must get at the files: else they go to the temporary folder. */
async function reachableCache(cacheDir: string, isRoot: boolean): Promise<string> {
  await mkdir(cacheDir, { recursive: true, mode: 0o755 });
  if (!isRoot || isOpenToAll(cacheDir)) return cacheDir;
  const shared = join(tmpdir(), 'jiaodun-browser');
  await mkdir(shared, { mode: 0o755 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  const stat = await lstat(shared);
  // In a folder that everyone may write to, somebody else could have been first.
  if (!stat.isDirectory() || stat.uid !== 0 || (stat.mode & 0o022) !== 0) {
    fail('browser.unavailable', { reason: `${shared} is not ours` });
  }
  await openToAll(shared, 0o755);
  return shared;
}

async function makeProfile(home: string, isRoot: boolean): Promise<string> {
  await chmod(home, 0o755);
  const profile = join(home, 'profile');
  await mkdir(profile, { mode: 0o700 });
  if (isRoot) await chown(profile, NOBODY, NOBODY);
  return profile;
}

function removeHome(home: string): Promise<void> {
  return rm(home, { recursive: true, force: true, maxRetries: 5 });
}

function firstLines(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n').slice(0, 3).join(' ').slice(0, 500);
}
