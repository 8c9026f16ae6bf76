import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { closeServer, listenOn } from './listen.ts';
import { demoSmtpUrl, openDemoState } from './state.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jiaodun-state-'));
});
afterEach(() => rm(dir, { recursive: true }));

describe('the state of the demonstration', () => {
  it('keeps ports, token and finished steps over restarts', async () => {
    const first = await openDemoState(dir);
    await first.markDone('units');
    await first.change((state) => {
      state.faulty = false;
    });
    const second = await openDemoState(dir);
    expect(second.state).toEqual({ ...first.state, faulty: false, done: ['units'] });
    expect(second.isDone('units')).toBe(true);
    expect(second.isDone('sites')).toBe(false);
    expect(demoSmtpUrl(second.state)).toBe(`smtp://127.0.0.1:${first.state.ports.smtp}`);
  });

  it('chooses five different ports and passes over one that is held', async () => {
    const wanted = (await openDemoState(dir)).state.ports.smtp;
    const other = createServer();
    await listenOn(other, wanted);
    const elsewhere = await mkdtemp(join(tmpdir(), 'jiaodun-state-'));
    const { ports } = (await openDemoState(elsewhere)).state;
    await closeServer(other);
    await rm(elsewhere, { recursive: true });
    expect(ports.smtp).not.toBe(wanted);
    expect(new Set(Object.values(ports)).size).toBe(5);
  });

  it('leaves the ports free that the product opens later', async () => {
    const { ports } = (await openDemoState(dir)).state;
    const elsewhere = await mkdtemp(join(tmpdir(), 'jiaodun-state-'));
    const again = (await openDemoState(elsewhere, [ports['school-07'], ports.mail])).state.ports;
    await rm(elsewhere, { recursive: true });
    expect(Object.values(again)).not.toContain(ports['school-07']);
    expect(Object.values(again)).not.toContain(ports.mail);
  });

  it('runs changes one after the other, and marks a step once', async () => {
    const file = await openDemoState(dir);
    await Promise.all(['a', 'b', 'a', 'c'].map((step) => file.markDone(step)));
    expect(file.state.done).toEqual(['a', 'b', 'c']);
    expect((await openDemoState(dir)).state.done).toEqual(['a', 'b', 'c']);
  });

  it('goes on from the last good state when a change fails', async () => {
    const file = await openDemoState(dir);
    const failing = file.change(() => {
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    await file.markDone('a');
    expect(file.state.done).toEqual(['a']);
  });

  it('is readable by its owner only, for the control token is in it', async () => {
    await openDemoState(dir);
    expect((await stat(join(dir, 'demo/state.json'))).mode & 0o077).toBe(0);
    // But the data directory itself, when it is new, stays open to the database's user.
    await openDemoState(join(dir, 'new'));
    await mkdir(join(dir, 'plain'));
    expect((await stat(join(dir, 'new'))).mode).toBe((await stat(join(dir, 'plain'))).mode);
  });

  it('refuses a file that it did not write, naming it and leaving it alone', async () => {
    await openDemoState(dir);
    const path = join(dir, 'demo/state.json');
    for (const text of ['', '{}', '{"version":2}', 'null']) {
      await writeFile(path, text);
      await expect(openDemoState(dir)).rejects.toThrow(path);
      expect(await readFile(path, 'utf8')).toBe(text);
    }
  });
});
