import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '#base/clock';
import { closeServer, listenOn } from './listen.ts';
import { type DemoOptions, runDemo } from './run-demo.ts';
import { openDemoState } from './state.ts';

let dir: string;
let other: Server;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jiaodun-demo-'));
  other = createServer();
});
afterEach(async () => {
  await closeServer(other);
  await rm(dir, { recursive: true });
});

/** Of a product that never answers: only the servers of the demonstration are looked at. */
const options = (dataDir: string): DemoOptions => ({
  serverUrl: 'http://127.0.0.1:9',
  publicUrl: 'http://127.0.0.1:9',
  dataDir,
  ownPorts: [],
  syslog: { host: '127.0.0.1', udpPort: 0, tcpPort: 0 },
  clock: systemClock,
  print: () => undefined,
});
const portsOf = async (dataDir: string) => (await openDemoState(dataDir)).state.ports;

describe('the ports of the demonstration', () => {
  it('are chosen again when one was taken after the choice, before anything is fed', async () => {
    const chosen = await portsOf(dir);
    await listenOn(other, chosen.mail);
    const demo = await runDemo(options(dir));
    try {
      const now = await portsOf(dir);
      expect(now.mail).not.toBe(chosen.mail);
      const inbox = await fetch(`http://127.0.0.1:${now.mail}/`);
      expect(inbox.ok).toBe(true);
    } finally {
      await demo.stop();
    }
  });

  it('are kept once something was fed, because the register names them: a taken one is an error', async () => {
    const state = await openDemoState(dir);
    await state.markDone('set-up');
    await listenOn(other, state.state.ports['school-23']);
    await expect(runDemo(options(dir))).rejects.toMatchObject({
      code: 'EADDRINUSE',
      port: state.state.ports['school-23'],
    });
    expect(await portsOf(dir)).toEqual(state.state.ports);
  });

  it('differ between two that start at the same moment', async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), 'jiaodun-demo-'));
    try {
      const demos = await Promise.all([runDemo(options(dir)), runDemo(options(elsewhere))]);
      const all = [...Object.values(await portsOf(dir)), ...Object.values(await portsOf(elsewhere))];
      await Promise.all(demos.map((demo) => demo.stop()));
      expect(new Set(all).size).toBe(10);
    } finally {
      await rm(elsewhere, { recursive: true });
    }
  });
});
