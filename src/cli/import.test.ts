import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AppError } from '#base/errors';
import { buildServer } from '#base/http';
import { buildCity } from '#test/city';
import { actorAt, type TestApp, testApp } from '#test/db';
import { addresses } from '../modules/addresses/module.ts';
import { audit } from '../modules/audit/module.ts';
import { trace } from '../modules/trace/module.ts';
import { units } from '../modules/units/module.ts';
import { type Client, createClient } from './client.ts';
import { importCommand } from './import.ts';
import { parseTarget, parseTime, traceCommand } from './trace.ts';

let app: TestApp;
let server: FastifyInstance;
let client: Client;
let dir = '';

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jiaodun-cli-import-'));
  app = await testApp([audit, units, addresses, trace]);
  await buildCity(app);
  const officer = actorAt('city', ['addresses.write', 'trace.run']);
  server = buildServer(app, async () => officer);
  await server.listen({ host: '127.0.0.1', port: 0 });
  client = createClient({ url: `http://127.0.0.1:${(server.server.address() as AddressInfo).port}` });
});
afterAll(async () => {
  await server.close();
  await app.close();
  await rm(dir, { recursive: true, force: true });
});

async function run(command: typeof importCommand, argv: string[]) {
  let stdout = '';
  let stderr = '';
  const code = await command(argv, {
    stdout: (text) => {
      stdout += text;
    },
    stderr: (text) => {
      stderr += text;
    },
    stdin: Readable.from([]),
    client,
  });
  return { code, stdout, stderr };
}

describe('jiaodun import', () => {
  it('keeps good rows, tells bad ones by row and column, and saves the error workbook', async () => {
    const file = join(dir, 'allocations.csv');
    await writeFile(file, 'cidr,unit_code,role\n10.1.0.0/16,east,内网\n10.1.0.1/16,east,内网\n');
    const errors = join(dir, 'errors.xlsx');
    const { code, stdout } = await run(importCommand, ['allocations', file, '--errors', errors, '--json']);
    expect(code).toBe(1);
    const reply = JSON.parse(stdout);
    expect(Object.keys(reply)).toEqual(['accepted', 'rejected', 'errors']);
    expect(reply).toMatchObject({
      accepted: 1,
      rejected: 1,
      errors: [{ row: 3, column: 'cidr', code: 'addresses.bad_cidr' }],
    });
    expect((await readFile(errors)).subarray(0, 2).toString()).toBe('PK');
  });

  it('writes templates that import as they are, with nothing in them', async () => {
    for (const format of ['csv', 'xlsx']) {
      const out = join(dir, `devices.${format}`);
      expect(
        await run(importCommand, ['--template', 'devices', '--format', format, '--out', out]),
      ).toMatchObject({ code: 0, stdout: `${out}\n` });
      const { code, stdout } = await run(importCommand, ['devices', out, '--json']);
      expect([code, JSON.parse(stdout)]).toEqual([0, { accepted: 0, rejected: 0, errors: [] }]);
    }
    const shown = await run(importCommand, ['--template', 'people']);
    expect(shown.stdout).toContain('人员编号');
  });

  it.each([
    [['cows', 'x.csv']],
    [['devices']],
    [['devices', 'a.csv', 'b.csv']],
    [['devices', '/nowhere/at/all.csv']],
    [['devices', '/tmp']],
    [['--template', 'cows']],
    [['--template', 'units', '--format', 'pdf']],
    [['--template', 'units', '--out', '/nowhere/at/all.csv']],
  ])('answers 2 and how to use it for %j', async (argv) => {
    const { code, stderr } = await run(importCommand, argv);
    expect(code).toBe(2);
    expect(stderr).toContain('jiaodun import KIND FILE');
  });

  it('says in words that the server ended in the middle, and does no harm when it is run again', async () => {
    const port = (server.server.address() as AddressInfo).port;
    // Hands the whole request on and breaks off where the reply begins: the server did what was asked.
    const cutter = createServer((near) => {
      const far = connect(port, '127.0.0.1');
      near.pipe(far);
      far.once('data', () => near.resetAndDestroy());
      near.on('error', () => far.destroy());
    });
    await new Promise<void>((done) => cutter.listen(0, '127.0.0.1', done));
    const file = join(dir, 'cut.csv');
    await writeFile(file, 'cidr,unit_code,role\n10.9.0.0/16,east,内网\n');
    const through = createClient({ url: `http://127.0.0.1:${(cutter.address() as AddressInfo).port}` });
    const io = { stdout: () => {}, stderr: () => {}, stdin: Readable.from([]), client: through };
    const cut = await importCommand(['allocations', file], io).catch((error: unknown) => error);
    expect(cut).toMatchObject({ code: 'cli.import_cut' });
    expect((cut as AppError).messages().zh).toContain('再运行一次');
    cutter.close();
    await once(cutter, 'close');
    const { rows } = await app.ownerPool.query(
      `SELECT count(*)::int AS n FROM addresses.allocation WHERE cidr = '10.9.0.0/16'`,
    );
    expect(rows).toEqual([{ n: 1 }]);
    expect(await run(importCommand, ['allocations', file])).toMatchObject({ code: 0 });
    const after = await app.ownerPool.query(
      `SELECT count(*)::int AS n FROM addresses.allocation WHERE cidr = '10.9.0.0/16'`,
    );
    expect(after.rows).toEqual([{ n: 1 }]);
    const nobody = await importCommand(['allocations', file], io).catch((error: unknown) => error);
    expect(nobody).toMatchObject({ code: 'cli.no_server' });
  });

  it('hands up what the server says of a file that it cannot read', async () => {
    const file = join(dir, 'broken.xlsx');
    await writeFile(file, 'PK\u0003\u0004 not a workbook');
    await expect(run(importCommand, ['devices', file])).rejects.toMatchObject({ code: 'sheet.unreadable' });
  });
});

describe('jiaodun trace', () => {
  it.each([
    ['192.0.2.1', { ip: '192.0.2.1' }],
    ['192.0.2.1:4711', { ip: '192.0.2.1', port: 4711 }],
    ['2001:db8::1', { ip: '2001:db8::1' }],
    ['[2001:db8::1]:80', { ip: '2001:db8::1', port: 80 }],
    ['192.0.2.1:0', undefined],
    ['192.0.2.1:70000', undefined],
    ['192.0.2', undefined],
    ['[192.0.2.1]:80', undefined],
    ['school.example:80', undefined],
  ])('reads %s', (text, expected) => {
    expect(parseTarget(text)).toEqual(expected);
  });

  it.each([
    ['2026-11-22T14:22:00+08:00', '2026-11-22T06:22:00.000Z'],
    ['2026-11-22T06:22:00Z', '2026-11-22T06:22:00.000Z'],
    ['2026-11-22 14:22', '2026-11-22T06:22:00.000Z'],
    ['2026-11-22T14:22:00.5', '2026-11-22T06:22:00.500Z'],
    ['2026-02-30T00:00:00', undefined],
    ['2026-11-22', undefined],
    ['2026-11-22T25:00', undefined],
    ['yesterday', undefined],
  ])('reads the time %s', (text, expected) => {
    expect(parseTime(text)).toBe(expected);
  });

  it('asks the server, prints what it found, and answers 1 for what cannot be proven', async () => {
    const file = join(dir, 'one.csv');
    await writeFile(
      file,
      'asset_no,name,type,unit_code,ip,since\nT-1,电脑,computer,east-1,10.1.0.10,2026-03-01\n',
    );
    expect((await run(importCommand, ['devices', file])).code).toBe(0);
    const time = ['--at', '2026-05-01 08:00', '--case', 'C-7', '--reason', '核对登记'];
    const found = await run(traceCommand, ['10.1.0.10', ...time, '--json']);
    expect(found.code).toBe(0);
    const reply = JSON.parse(found.stdout);
    expect(reply).toMatchObject({
      verdict: 'probable',
      caseNo: 'C-7',
      at: '2026-05-01T00:00:00.000Z',
      candidates: [{ insideIp: '10.1.0.10', mac: null, person: { sealed: true }, room: null }],
      coverage: { complete: false },
    });
    expect(reply.candidates[0].steps[0]).toMatchObject({ kind: 'register', rawLine: null, sha256: null });
    const none = await run(traceCommand, ['198.51.100.1:80', ...time]);
    expect(none.code).toBe(1);
    expect(none.stdout).toContain('无法证明 not provable');
  });

  it('answers 2 and how to use it for wrong arguments, before it asks the server', async () => {
    for (const argv of [
      [],
      ['192.0.2.1'],
      ['x', '--at', '2026-11-22 14:22'],
      ['192.0.2.1', '--at', 'now'],
      ['192.0.2.1', '--at', '2026-11-22 14:22', '--proto', 'icmp'],
    ]) {
      const { code, stderr } = await run(traceCommand, argv);
      expect(code).toBe(2);
      expect(stderr).toContain('jiaodun trace IP');
    }
  });
});
