import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { type AddressInfo, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, type PageBrowser, type PageRequest } from '#base/browser';
import { launcherScript, listConfinements } from '#base/browser/confinement';
import { fontFiles } from '#base/fonts';
import { browserCache } from '#test/memory-folder';

const cacheDir = browserCache();
let browser: PageBrowser;
beforeAll(async () => {
  browser = await launchBrowser({ cacheDir });
});
afterAll(() => browser.close());

const html = (body: string) => ({
  status: 200,
  headers: { 'content-type': 'text/html; charset=utf-8' },
  body: Buffer.from(`<!doctype html><title>测试</title>${body}`),
});
const sizeOf = (png: Uint8Array) => {
  const view = Buffer.from(png);
  return [view.readUInt32BE(16), view.readUInt32BE(20)];
};
const url = 'http://www.school.example/';
const waysOf = (network: string) =>
  listConfinements(process.getuid?.() === 0).filter((way) => way.network === network);

/** Every way out of a page that is known to us, towards this machine's `port`. */
function escapes(port: number): string {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const outer =
    addresses.find((address) => address.family === 'IPv4' && !address.internal)?.address ?? '127.0.0.1';
  const tries = ['127.0.0.1', 'localhost', outer].map(
    (host) =>
      `try { new WebSocket('ws://${host}:${port}/w') } catch {} fetch('http://${host}:${port}/f').catch(() => {});`,
  );
  const script = tries.join('');
  return `<link rel=preconnect href="http://${outer}:${port}"><img src="http://127.0.0.1:${port}/i">
    <iframe src="http://localhost:${port}/p"></iframe><script>${script}
    new Worker(URL.createObjectURL(new Blob([${JSON.stringify(script)}])));
    navigator.sendBeacon('http://127.0.0.1:${port}/b');
    const servers = [{ urls: 'stun:${outer}:${port}' },
      { urls: 'turn:${outer}:${port}?transport=tcp', username: 'a', credential: 'b' }];
    const peer = new RTCPeerConnection({ iceServers: servers });
    peer.createDataChannel('x');
    peer.createOffer().then((offer) => peer.setLocalDescription(offer));
    try { new WebTransport('https://${outer}:${port}/') } catch {}</script>`;
}

describe('the browser', () => {
  it('draws a page in full length from what it is handed, and asks for its parts', async () => {
    const asked: string[] = [];
    const answer = async (request: PageRequest) => {
      asked.push(`${request.kind} ${request.url}`);
      return request.url === url
        ? html('<link rel=stylesheet href=a.css><p style="height:3000px">通知')
        : undefined;
    };
    const rendered = await browser.render({ url, answer });
    expect(asked).toEqual([`document ${url}`, `stylesheet ${url}a.css`]);
    expect(rendered).toMatchObject({ title: '测试', finalUrl: url, notes: [] });
    const [width, height] = sizeOf(rendered.png);
    expect(width).toBe(1280);
    expect(height).toBeGreaterThan(3000);
  });

  it.for(['none', 'dead proxy'] as const)(
    'reaches nothing by itself when its network is: %s',
    async (network, { skip }) => {
      const reached: string[] = [];
      const server = createServer((socket) => {
        reached.push('tcp');
        socket.on('error', () => {}).destroy();
      });
      await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
      const { port } = server.address() as AddressInfo;
      const datagrams = createSocket('udp4').on('message', () => reached.push('udp'));
      await new Promise<void>((resolve) => datagrams.bind(port, resolve));
      const confined = await launchBrowser({ cacheDir, ways: waysOf(network) }).catch((error: Error) => {
        // Some containers forbid namespaces; the weaker way must work everywhere.
        if (network === 'dead proxy') throw error;
        return skip(error.message);
      });
      const asked: string[] = [];
      const answer = async (request: PageRequest) => {
        asked.push(request.url);
        return request.url === url ? html(escapes(port)) : undefined;
      };
      await confined.render({ url, answer });
      await confined.close();
      server.close();
      datagrams.close();
      // What can be asked for is asked of us, and from nobody else.
      expect(asked.filter((address) => address.includes(`:${port}/`)).length).toBeGreaterThanOrEqual(5);
      expect([confined.confinement.network, reached]).toEqual([network, []]);
    },
  );

  it('shows Chinese as glyphs, in the kind of font that the page asks for', async () => {
    const draw = async (text: string, font: string) => {
      const answer = async () => html(`<p style="font:40px ${font}">${text}`);
      return Buffer.from((await browser.render({ url, answer })).png).toString('base64');
    };
    const song = await draw('鑫', '宋体');
    expect(await draw('森', '宋体')).not.toBe(song);
    expect(await draw('鑫', 'serif')).toBe(song);
    expect(await draw('鑫', "'Microsoft YaHei', serif")).not.toBe(song);
    // Two characters that no font has look the same: the comparison can tell glyphs from boxes.
    expect(await draw('\u{F0000}', '宋体')).toBe(await draw('\u{F0001}', '宋体'));
  });

  it('caps requests, length and time of a hostile page, and works on afterwards', async () => {
    const many = await browser.render({
      url,
      maxRequests: 5,
      answer: async (r) =>
        r.url === url ? html(Array.from({ length: 20 }, (_, i) => `<img src="${i}">`).join('')) : undefined,
    });
    expect(many.notes).toContain('only the first 5 requests were answered');
    const tall = await browser.render({
      url,
      maxHeight: 2000,
      answer: async () => html('<p style="height:9000000px">'),
    });
    expect(sizeOf(tall.png)[1]).toBe(2000);
    expect(tall.notes[0]).toContain('the first 2000 are drawn');
    const busy = browser.render({
      url,
      timeoutMs: 3000,
      answer: async () => html('<script>for(;;);</script>'),
    });
    await expect(busy).rejects.toThrow();
    const after = await browser.render({
      url,
      answer: async () => html('<script>open("/x");alert(1)</script>fine'),
    });
    expect(after.title).toBe('测试');
  });

  it('does not run as a user who could read our files', () => {
    const list = execFileSync('ps', ['-eo', 'pid,ppid,uid,args'], { encoding: 'utf8' });
    const all = list.split('\n').map((line) => line.trim().split(/\s+/));
    // Only what this process started: other tests run browsers at the same time, some as root.
    const family = new Set([String(process.pid)]);
    for (let before = 0; before < family.size; ) {
      before = family.size;
      for (const [pid, parent] of all) if (pid && family.has(parent!)) family.add(pid);
    }
    // What is Chromium by now: the commands that lead to it (setpriv, prlimit) begin as the user who starts them.
    const chromiums = all.filter(
      ([pid, , , program]) => family.has(pid!) && program?.startsWith(`${cacheDir}/chromium`),
    );
    const own = process.getuid?.() ?? 0;
    expect(chromiums.length).toBeGreaterThan(0);
    for (const [, , user] of chromiums) expect(Number(user)).toBe(own === 0 ? 65534 : own);
    expect(browser.confinement.sandbox || own === 0).toBe(true);
  });

  it('is killed when a page takes more memory than it may', async () => {
    const small = await launchBrowser({ cacheDir, maxMemoryMb: 900 });
    const hungry = '<script>const all = []; for (;;) all.push(new Uint8Array(2e7).fill(1))</script>';
    const attempt = small.render({ url, timeoutMs: 40_000, answer: async () => html(hungry) });
    await expect(attempt).rejects.toThrow(/MB of memory/);
    await small.close();
  });

  it('is unavailable, with the reason, when it cannot be started', async () => {
    const attempt = launchBrowser({ cacheDir, executable: '/bin/false' });
    await expect(attempt).rejects.toMatchObject({ code: 'browser.unavailable' });
  });
});

describe('confinement', () => {
  it('never runs without a sandbox as a user who owns something', () => {
    expect(listConfinements(false).every((way) => way.sandbox)).toBe(true);
    expect(
      listConfinements(true).every((way) => way.user === 'nobody' && way.prefix.includes('setpriv')),
    ).toBe(true);
  });

  it('survives odd paths in its launcher', () => {
    expect(launcherScript(['a b'], "/it's/chromium", '/p $HOME')).toBe(
      `#!/bin/sh\nexec 'a b' '/it'\\''s/chromium' "$@" '--user-data-dir=/p $HOME'\n`,
    );
  });

  it('has fonts that exist', async () => {
    const { statSync } = await import('node:fs');
    for (const file of Object.values(fontFiles())) expect(statSync(file).size).toBeGreaterThan(5_000_000);
  });
});
