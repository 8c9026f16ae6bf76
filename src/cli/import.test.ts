import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemActor } from '#base/app';
import type { AppError } from '#base/errors';
import { buildServer } from '#base/http';
import { newId } from '#base/id';
import { startWorker } from '#base/jobs';
import { recordFindings } from '#findings';
import { buildCity } from '#test/city';
import { runCommand } from '#test/command';
import { actorAt, type TestApp, testApp } from '#test/db';
import { faultOf } from '../modules/addresses/judge-devices.ts';
import { addresses } from '../modules/addresses/module.ts';
import { audit } from '../modules/audit/module.ts';
import { findings } from '../modules/findings/module.ts';
import { trace } from '../modules/trace/module.ts';
import { units } from '../modules/units/module.ts';
import { type Client, createClient } from './client.ts';
import { devicesCommand } from './devices.ts';
import { importCommand } from './import.ts';
import { traceCommand } from './trace.ts';
import { parseTarget, parseTime } from './trace-flags.ts';

let app: TestApp;
let server: FastifyInstance;
let client: Client;
let dir = '';

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jiaodun-cli-import-'));
  app = await testApp([audit, units, findings, addresses, trace]);
  await buildCity(app);
  const officer = actorAt('city', [
    'addresses.read',
    'addresses.write',
    'addresses.allocate',
    'findings.read',
    'units.read',
    'trace.run',
    // As the token of this machine: no right that only a person has.
    'trace.bag',
  ]);
  server = buildServer(app, async () => officer);
  await server.listen({ host: '127.0.0.1', port: 0 });
  client = createClient({ url: `http://127.0.0.1:${(server.server.address() as AddressInfo).port}` });
});
afterAll(async () => {
  await server.close();
  await app.close();
  await rm(dir, { recursive: true, force: true });
});

const run = (command: typeof importCommand, argv: string[], stdin = '') =>
  runCommand(command, argv, { stdin, client, dataDir: app.config.dataDir });

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
    ['[2001:db8::1]', { ip: '2001:db8::1' }],
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
    ['2026-11-23 13:36:00 UTC', '2026-11-23T13:36:00.000Z'],
    ['2026-11-23 13:36:00 GMT+8', '2026-11-23T05:36:00.000Z'],
    ['2026/11/23 21:36:05+0800', '2026-11-23T13:36:05.000Z'],
    ['2026年11月23日21时36分', '2026-11-23T13:36:00.000Z'],
    ['北京时间2026年11月3日 9时6分5秒', '2026-11-03T01:06:05.000Z'],
    ['2026年11月23日21：36：05（北京时间）', '2026-11-23T13:36:05.000Z'],
    ['2026年11月23日13时36分 UTC', '2026-11-23T13:36:00.000Z'],
    ['2026年11月23日21时', undefined],
    ['2026-11-23 21:36 CST', undefined],
    ['2026年2月30日21时36分', undefined],
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
    const six = await run(traceCommand, [
      '[2001:db8:9::1]:20049',
      ...time,
      '--forwarded-by',
      '[2001:db8::7]',
    ]);
    expect(six.stdout).toContain('[2001:db8:9::1]:20049 @ 2026-05-01T00:00:00.000Z');
    expect((await run(traceCommand, ['list', '--q', '2001:db8:9::1'])).stdout).toContain(
      '[2001:db8:9::1]:20049 @',
    );
  });

  it('answers 2 and how to use it for wrong arguments, before it asks the server', async () => {
    for (const argv of [
      [],
      ['192.0.2.1'],
      // Without case and reason nothing is asked: a made-up number in the audit log would say nothing.
      ['192.0.2.1', '--at', '2026-11-22 14:22'],
      ['192.0.2.1', '--at', '2026-11-22 14:22', '--case', 'C-7'],
      ['192.0.2.1', '--at', '2026-11-22 14:22', '--case', 'C-7', '--reason', '协查'],
      ['192.0.2.1', '--at', '2026-11-22 14:22', '--forwarded-by', 'x'],
      ['x', '--at', '2026-11-22 14:22'],
      ['192.0.2.1', '--at', 'now'],
      ['192.0.2.1', '--at', '2026-11-22 14:22', '--proto', 'sctp'],
      ['192.0.2.1', '--at', '2026-11-22 14:22', '--dst', 'x'],
      ['192.0.2.1', '--at', '2026-11-22 14:22', '--known-at', 'x'],
      ['192.0.2.1', '--at', '2026-11-22 14:22', '--tolerance=-1'],
      ['bulk', '/nowhere/at/all.csv', '--case', 'C-1', '--reason', '批量协查'],
      ['bulk', '/tmp', '--case', 'C-1', '--reason', '批量协查'],
      ['bulk', 'x.csv'],
      ['bulk', 'x.csv', '--case', 'C-1', '--reason', '批量协查', '--zone', 'CST'],
      ['run'],
      ['run', 'a', '--pause', '--cancel'],
      ['show'],
      ['report', 'a', '--out', 'b.txt'],
      ['bag', 'a'],
      ['complaint'],
      ['complaint', 'a', '--server', 'x'],
    ]) {
      const { code, stderr } = await run(traceCommand, argv);
      expect(code).toBe(2);
      expect(stderr).toContain('jiaodun trace IP');
    }
  });
});

describe('many questions from the command line', () => {
  let worker: Awaited<ReturnType<typeof startWorker>>;
  beforeAll(async () => {
    worker = await startWorker(app);
  });
  afterAll(() => worker.stop());
  const why = ['--case', 'B-7', '--reason', '批量协查'];

  it('are waited for and saved; rows at fault are told and answered 1', async () => {
    const file = join(dir, 'many.csv');
    const out = join(dir, 'many-out.csv');
    await writeFile(
      file,
      'id;src_ip;timestamp\nA;10.1.0.10;2026-05-01T08:00:00+08:00\nB;10.1.0;2026-05-01T00:00:00Z\n',
    );
    const done = await run(traceCommand, ['bulk', file, ...why, '--out', out]);
    expect(done).toMatchObject({ code: 1, stderr: expect.stringContaining('第 3 行 ip') });
    expect(done.stdout).toMatch(/done {2}1\/1 {2}有误的行 faults 1/);
    const saved = await readFile(out, 'utf8');
    expect(saved.split('\r\n').map((line) => line.split(',')[1])).toEqual(['编号', 'A', 'B', undefined]);
    expect(saved).toMatch(/probable.*T-1/);
    await writeFile(file, 'ip,at\n10.1.0.10,2026-05-01 08:00:00\n');
    const json = await run(traceCommand, ['bulk', file, ...why, '--zone', '+08:00', '--wait', '--json']);
    const reply = JSON.parse(json.stdout);
    expect([json.code, reply]).toMatchObject([
      0,
      { rejected: 0, run: { state: 'done', probable: 1, faults: 0 } },
    ]);
    const again = await run(traceCommand, ['run', reply.run.id, '--wait', '--json']);
    expect([again.code, JSON.parse(again.stdout)]).toEqual([0, reply.run]);
    expect((await run(traceCommand, ['runs'])).stdout).toContain(reply.run.id);
    await expect(run(traceCommand, ['run', reply.run.id, '--cancel'])).rejects.toMatchObject({
      code: 'trace.bulk_over',
    });
    const early = await run(traceCommand, [
      'bulk',
      file,
      ...why,
      '--zone',
      '+08:00',
      '--known-at',
      '2026-01-01 00:00',
      '--wait',
      '--json',
    ]);
    expect(JSON.parse(early.stdout).run).toMatchObject({
      notProvable: 1,
      knownAt: '2025-12-31T16:00:00.000Z',
    });
    await writeFile(file, 'ip,at\nx,y\n');
    expect((await run(traceCommand, ['bulk', file, ...why])).code).toBe(1);
  });

  it('of a letter are read, and asked with its own case number', async () => {
    const letter = '案件编号：A-9\n案由：网络诽谤\n\n10.1.0.10，2026年5月1日8时0分5秒';
    const read = await run(traceCommand, ['complaint', '-'], letter);
    expect(read).toMatchObject({ code: 1, stdout: expect.stringContaining('give --zone') });
    const asked = await run(traceCommand, ['complaint', '-', '--zone', '+08:00', '--ask', '--json'], letter);
    const { answers } = JSON.parse(asked.stdout);
    expect([asked.code, answers]).toMatchObject([
      0,
      [{ trace: { verdict: 'probable', caseNo: 'A-9', reason: '网络诽谤' } }],
    ]);
    const { id } = answers[0].trace;
    expect((await run(traceCommand, ['show', id])).stdout).toContain('T-1');
    expect((await run(traceCommand, ['list', '--q', 'A-9'])).stdout).toContain(id);
    for (const [verb, name, mark] of [
      ['report', 'r.pdf', '%PDF'],
      ['report', 'r.docx', 'PK'],
      ['bag', 'b.zip', 'PK'],
    ] as const) {
      const out = join(dir, name);
      expect((await run(traceCommand, [verb, id, '--out', out])).code).toBe(0);
      expect((await readFile(out)).subarray(0, mark.length).toString()).toBe(mark);
    }
    const verified = await run(traceCommand, ['verify', join(dir, 'b.zip'), '--json']);
    expect([verified.code, JSON.parse(verified.stdout)]).toMatchObject([
      0,
      { result: 'pass', verdict: 'probable' },
    ]);
    const bag = join(dir, 'b.zip');
    await expect(run(traceCommand, ['verify', bag, '--key', join(dir, 'none.pem')])).rejects.toMatchObject({
      code: 'cli.no_key',
      message: expect.stringMatching(/none\.pem: no such file.*--key/),
    });
    await expect(run(traceCommand, ['verify', join(dir, 'none.zip')])).rejects.toMatchObject({
      message: expect.stringMatching(/none\.zip: no such file or directory$/),
    });
    const changed = await readFile(bag);
    changed[changed.indexOf('10.1.0.10')]! ^= 1;
    await writeFile(bag, changed);
    const failed = await run(traceCommand, ['verify', bag]);
    expect(failed).toMatchObject({ code: 1, stdout: expect.stringContaining('不作结论') });
    expect(failed.stdout).not.toContain('probable');
    const bare = ['complaint', '-', '--zone', '+08:00', '--ask'];
    const untold = await run(traceCommand, bare, '10.1.0.10，2026年5月1日8时0分5秒');
    expect(untold).toMatchObject({ code: 2, stderr: expect.stringContaining('--case NO') });
    expect(await run(traceCommand, ['complaint', '-'], '没有地址')).toMatchObject({ code: 1 });
    // What a line break cuts is not asked, and what was not read is told, whoever reads the answers.
    const cut = '案件编号：A-9\n\n10.1.0.\n10，2026年5月1日8时0分5秒\n另见 10.1.0.300';
    const held = await run(traceCommand, [...bare, '--reason', '公安协查', '--json'], cut);
    expect(held).toMatchObject({ code: 1, stderr: expect.stringContaining('另见 10.1.0.300') });
    expect(JSON.parse(held.stdout).answers).toEqual([{ line: 3, trace: null }]);
  });
});

describe('jiaodun devices', () => {
  it('lists, shows by any of its names, exports what imports unchanged, and tells faults', async () => {
    expect((await run(devicesCommand, ['list', '--unit', 'east-1', '--no-owner'])).stdout).toMatch(
      /T-1.*10\.1\.0\.10/,
    );
    for (const name of ['T-1', '10.1.0.10']) {
      const shown = await run(devicesCommand, ['show', name, '--json']);
      expect([shown.code, JSON.parse(shown.stdout)]).toMatchObject([
        0,
        { assetNo: 'T-1', history: expect.any(Array) },
      ]);
    }
    expect((await run(devicesCommand, ['show', 'T-1'])).stdout).toContain('10.1.0.10');
    expect((await run(devicesCommand, ['show', 'T-99'])).code).toBe(1);
    const out = join(dir, 'register.csv');
    expect((await run(devicesCommand, ['export', '--out', out])).code).toBe(0);
    expect(JSON.parse((await run(importCommand, ['devices', out, '--json'])).stdout)).toMatchObject({
      accepted: 1,
    });
    const { unit_id: unitId, unit_path: unitPath } = (
      await app.ownerPool.query(`SELECT id AS unit_id, unit_path::text FROM units.unit WHERE code = 'east-1'`)
    ).rows[0];
    expect((await run(devicesCommand, ['findings'])).stdout).toContain('没有问题');
    await app.run(systemActor('test'), (ctx) =>
      recordFindings(ctx, {
        ...{ unitId, unitPath, siteId: null, siteName: null, checkId: newId() },
        seen: [faultOf('unseen-device', unitPath, new Date(), 'x', '设备 T-1 已 90 天没有出现', []).fault],
      }),
    );
    const told = await run(devicesCommand, ['findings', '--unit', 'east-1']);
    expect(told).toMatchObject({ code: 1, stdout: expect.stringContaining('addresses.unseen-device') });
    expect((await run(devicesCommand, ['list', '--unit', 'nowhere'])).code).toBe(1);
    for (const argv of [[], ['cows'], ['show'], ['list', '--type', 'cow'], ['findings', '--state', 'x']])
      expect(await run(devicesCommand, argv)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('jiaodun devices list'),
      });
  });
});
