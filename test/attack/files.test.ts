/** Hostile files in every import, formulas in every export, addresses that climb, two decisions at once; over HTTP. */
import { readFile } from 'node:fs/promises';
import { deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { type AttackCity, callerOf, openAttackCity, send, sendRaw } from '#test/attack-city';
import { type Fixed, fixedOf, inTurns, type Targets, targetsOf } from '#test/attack-routes';
import { testPassword } from '#test/city';
import { parseCsv } from '../../src/base/sheet/parse-csv.ts';
import { defaultLimits } from '../../src/base/sheet/types.ts';
import { readZip } from '../../src/modules/scan/documents/read-zip.ts';

let city: AttackCity;
let targets: Targets;
let fixed: Fixed;

beforeAll(async () => {
  city = await openAttackCity();
  targets = await targetsOf(city);
  fixed = await fixedOf(city);
}, 180_000);
afterAll(async () => {
  await city?.close();
}, 60_000);

const routes = () => city.modules.flatMap((module) => (module.routes ?? []).map((one) => one.route));

/** A zip with one member whose content is `size` zeros, and whose directory may lie about it. */
function bomb(name: string, size: number, told = size): Buffer {
  const packed = deflateRawSync(Buffer.alloc(size));
  const file = Buffer.from(name);
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt16LE(8, 4);
  common.writeUInt32LE(packed.length, 14);
  common.writeUInt32LE(told, 18);
  common.writeUInt16LE(file.length, 22);
  const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, file, packed]);
  const central = Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), common, Buffer.alloc(14), file]);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, central, end]);
}

describe('a hostile file', () => {
  it.each([
    ['that unpacks a thousandfold', () => bomb('xl/workbook.xml', 400 << 20)],
    ['whose directory lies about it', () => bomb('xl/workbook.xml', 400 << 20, 1000)],
    ['whose member climbs out of its folder', () => bomb('../../../../tmp/zqclimb.xml', 10)],
  ])(
    '%s is refused by every import and costs nothing',
    async (_what, make) => {
      const bytes = make();
      for (const kind of ['units', 'devices']) {
        const answer = await send(city, 'city-officer', 'POST', `/api/import/${kind}?fileName=a.xlsx`, bytes);
        expect([kind, [413, 422].includes(answer.status), answer.code.startsWith('sheet.')]).toEqual([
          kind,
          true,
          true,
        ]);
      }
      expect((await send(city, 'city-officer', 'GET', '/api/units')).status).toBe(200);
    },
    60_000,
  );

  it.each([
    '../../../../tmp/zqfile.csv',
    '..\\..\\zqfile.csv',
    '/etc/zqfile.csv',
    'a\u0000.csv',
    `"><img src=x>.csv`,
  ])('named %j is read under no other name and breaks nothing', async (name) => {
    const table = Buffer.from('单位代码,单位名称\nzq,样例\n');
    const query = encodeURIComponent(name);
    const answer = await send(city, 'city-officer', 'POST', `/api/import/units?fileName=${query}`, table);
    expect(answer.status).toBeLessThan(500);
    const stolen = await readFile('/tmp/zqfile.csv').catch((error: NodeJS.ErrnoException) => error.code);
    expect(stolen).toBe('ENOENT');
  });

  it('outside the folder of assets is not served, however its address is written', async () => {
    const secrets = ['package.json', 'etc/passwd', 'src/main.ts', 'index.html'];
    for (const prefix of [
      '/assets/',
      '/assets/..%2f',
      '/',
      '/api/import/template/',
      '/api/incidents/x/reports/y/',
    ])
      for (const climb of [
        '../'.repeat(8),
        '..%2f'.repeat(8),
        '%2e%2e/'.repeat(8),
        '..%5c'.repeat(8),
        '....//'.repeat(8),
        '%252e%252e%252f'.repeat(8),
      ])
        for (const name of secrets) {
          const answer = await sendRaw(city.url, 'GET', `${prefix}${climb}${name}`, {
            cookie: city.people['city-officer']!.cookie,
          });
          expect([prefix, climb, answer.status < 500]).toEqual([prefix, climb, true]);
          expect(answer.text).not.toMatch(/root:x:0|"devDependencies"|composition root/);
        }
    // The same request does serve what lies in the folder.
    const page = (await sendRaw(city.url, 'GET', '/')).text;
    const asset = /\/assets\/[^"]+\.js/.exec(page)![0];
    expect((await sendRaw(city.url, 'GET', asset)).status).toBe(200);
  });
});

describe('a formula in a register', () => {
  const formulas = [`=cmd|'/C calc'!A0`, '+1+1', '-1+1', '@SUM(1)', '＝1+1', '＋1', '－1', '＠SUM(1)'];

  it('starts in no export of any list, csv or xlsx', async () => {
    for (const [n, formula] of formulas.entries()) {
      const site = {
        name: formula,
        unitCode: 'east-1',
        url: `http://f${n}.example/`,
        serverAddress: formula,
      };
      const made = await send(city, 'city-officer', 'POST', '/api/sites', site);
      expect([formula, made.status]).toEqual([formula, 200]);
      const unit = {
        code: `formula-${n}`,
        name: `${formula}小学`,
        kind: 'school',
        parentCode: 'east',
        address: formula,
      };
      expect((await send(city, 'city-officer', 'POST', '/api/units', unit)).status).toBe(200);
    }
    const lists = routes().filter(
      (one) =>
        one.method === 'GET' &&
        !one.path.includes(':') &&
        one.query &&
        'page' in ((one.query as z.ZodObject).shape ?? {}),
    );
    const seen = new Set<string>();
    await inTurns(lists, async ({ path, ...rest }) => {
      const who = callerOf({ path, ...rest } as never)!;
      for (const format of ['csv', 'xlsx'] as const) {
        const body = { list: path, query: {}, format, title: '导出', reason: '检查公式' };
        const made = await send(city, who, 'POST', '/api/exports', body);
        if (made.status !== 200) continue;
        const file = await send(city, who, 'GET', `/api/exports/${JSON.parse(made.text).id}/file`);
        expect([path, file.status]).toEqual([path, 200]);
        await checkFile(path, format, file.bytes, seen);
      }
    });
    for (const format of ['csv', 'xlsx'] as const) {
      const file = await send(city, 'city-officer', 'GET', `/api/units/export?format=${format}`);
      expect(file.status).toBe(200);
      await checkFile('/api/units/export', format, file.bytes, seen);
    }
    // They were in the files.
    expect([...seen].sort()).toEqual(
      expect.arrayContaining([
        '/api/sites',
        '/api/sites xlsx',
        '/api/units',
        '/api/units/export',
        '/api/units/export xlsx',
      ]),
    );
  }, 120_000);

  async function checkFile(
    path: string,
    format: 'csv' | 'xlsx',
    bytes: Buffer,
    seen: Set<string>,
  ): Promise<void> {
    if (format === 'csv') {
      const cells = parseCsv(
        bytes.toString('utf8').replace(/^\ufeff/, ''),
        path,
        defaultLimits,
      ).records.flatMap((row) => row.cells);
      const started = cells.find(
        (cell) => /^[=+\-@\t\r\n＝＋－＠]/.test(cell) && !/^-?\d+(\.\d+)?$/.test(cell),
      );
      expect([path, started]).toEqual([path, undefined]);
      if (cells.some((cell) => cell.includes(formulas[0]!))) seen.add(path);
      return;
    }
    const parts = [...(await readZip(bytes, path, () => true)).values()].map(String);
    expect([path, parts.find((part) => /<f[ >]|externalLink|ddeLink/.test(part))]).toEqual([path, undefined]);
    if (parts.some((part) => part.includes('C calc'))) seen.add(`${path} xlsx`);
  }
});

describe('two decisions at once', () => {
  it('on one proposed role: one of them stands', async () => {
    const make = async (n: number) => {
      const body = {
        username: `racer-${n}`,
        name: '竞争',
        unitCode: 'east-1',
        password: testPassword,
        mustChangePassword: false,
      };
      const account = JSON.parse((await send(city, 'sysadmin', 'POST', '/api/accounts', body)).text);
      const grant = await send(city, 'sysadmin', 'POST', '/api/role-grants', {
        accountId: account.id,
        role: 'school_teacher',
      });
      return JSON.parse(grant.text).id as string;
    };
    for (const n of [1, 2]) {
      const id = await make(n);
      const answers = await Promise.all(
        [true, false, true, false].map((approve) =>
          send(city, 'secadmin', 'POST', `/api/role-grants/${id}/decision`, { approve }),
        ),
      );
      expect(answers.filter(({ status }) => status < 300)).toHaveLength(1);
      expect(answers.every(({ status }) => status < 500)).toBe(true);
    }
  });

  it('on one name that is to be revealed, and on one exception: one of them stands, and it was taken', async () => {
    const trace = targets.get('trace.trace')![0]!;
    const asked = await send(city, 'city-officer', 'POST', `/api/traces/${trace}/reveals`, {
      candidate: 0,
      caseNo: 'C-1',
      reason: '核查来源',
    });
    const exception = {
      personId: fixed.person,
      unitId: fixed.school,
      reason: '两岗一人',
      expiresOn: '2026-12-01',
    };
    const excepted = await send(city, 'city-officer', 'POST', '/api/post-exceptions', exception);
    for (const [answer, path] of [
      [asked, 'reveals'],
      [excepted, 'post-exceptions'],
    ] as const) {
      expect([path, answer.status, answer.text.slice(0, 200)]).toEqual([path, 200, expect.any(String)]);
      const url = `/api/${path}/${JSON.parse(answer.text).id}/decision`;
      const own = await send(city, 'city-officer', 'POST', url, { approve: true });
      expect(own.status).toBeGreaterThanOrEqual(400);
      const answers = await Promise.all(
        [true, false, true, false].map((approve) =>
          send(city, 'city-second', 'POST', url, {
            approve,
            ...(approve ? {} : path === 'reveals' ? { note: '不同意' } : {}),
          }),
        ),
      );
      expect([path, answers.map(({ status }) => status).filter((status) => status < 300).length]).toEqual([
        path,
        1,
      ]);
      expect(answers.every(({ status }) => status < 500)).toBe(true);
    }
  });
});
