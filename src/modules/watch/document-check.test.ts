/** Files and pages that are checked before they go online. */
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildServer } from '#base/http';
import { call, type SignedIn, staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { addresses } from '../addresses/module.ts';
import { audit } from '../audit/module.ts';
import { authenticate, setupToken } from '../auth/index.ts';
import { auth } from '../auth/module.ts';
import { findings } from '../findings/module.ts';
import { sites } from '../sites/module.ts';
import { units } from '../units/module.ts';
import { maskedNameOf } from './contract.ts';
import { watch } from './module.ts';
import { hiddenLink, html } from './testing.ts';

let app: TestApp;
let server: FastifyInstance;
let people: Record<string, SignedIn>;

beforeAll(async () => {
  app = await testApp([audit, units, auth, findings, addresses, sites, watch]);
  server = buildServer(app, authenticate);
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'east-teacher', unitCode: 'east-1', role: 'school_teacher' },
  ]);
});
afterAll(async () => {
  await watch.stop!(app, 'web');
  await server.close();
  await app.close();
});

const post = (who: string, url: string, body: unknown) => call(server, people[who]!, 'POST', url, body);

describe('the document check', () => {
  it('tells what a file says, keeps nothing but that it was checked, and gives a masked copy', async () => {
    const csv = Buffer.from('姓名,号码\n张三,33110220150101001X\n');
    const url = `/api/documents/check?fileName=${encodeURIComponent('名单.csv')}`;
    const { body } = await post('east-teacher', url, csv);
    expect(body).toMatchObject({ total: 1, complete: true });
    expect(body.findings[0]).toMatchObject({ rule: 'personal.id-card', text: '331*************1X' });
    const copy = await post('east-teacher', url.replace('check', 'mask'), csv);
    expect(copy.body.toString()).toBe('\ufeff姓名,号码\n张三,331*************1X\n');
    const { rows } = await app.ownerPool.query(
      `SELECT row_to_json(entry)::text AS entry FROM audit.entry entry WHERE action LIKE 'watch.%_document'`,
    );
    expect(rows).toHaveLength(2);
    for (const { entry } of rows) expect(entry).not.toMatch(/名单|张三|33110220150101001X/);
  });

  it('calls a masked copy one, so that nobody publishes the original for it', async () => {
    const { headers } = await server.inject({
      method: 'POST',
      url: `/api/documents/mask?fileName=${encodeURIComponent('2026.1 名单.csv')}`,
      headers: {
        'x-requested-with': 'test',
        'content-type': 'application/octet-stream',
        cookie: people['east-teacher']!.cookie,
      },
      payload: Buffer.from('姓名,号码\n张三,33110220150101001X\n'),
    });
    expect(decodeURIComponent(String(headers['content-disposition']))).toBe(
      "attachment; filename*=UTF-8''2026.1 名单（已打码）.csv",
    );
    expect(['报名表', '.txt'].map(maskedNameOf)).toEqual(['报名表（已打码）', '（已打码）.txt']);
  });

  it('answers each file that it cannot read with a code of its own', async () => {
    const code = async (name: string, bytes: Buffer, act = 'check') =>
      (await post('east-teacher', `/api/documents/${act}?fileName=${name}`, bytes)).body.code;
    expect(await code('a.docx', Buffer.from('no'))).toBe('scan.damaged');
    expect(await code('a.rar', Buffer.from('Rar!\x1a\x07'))).toBe('scan.damaged');
    expect(await code('a.exe', Buffer.from('MZ\0\0\0'))).toBe('scan.unsupported');
    expect(await code('a.txt', Buffer.alloc(0))).toBe('scan.nothing');
    expect(await code('b.docx', Buffer.alloc(0))).toBe('scan.damaged');
    expect(await code('a.pdf', Buffer.from('%PDF-1.4'), 'mask')).toBe('scan.not_maskable');
  });

  it('checks a page before it is published', async () => {
    const source = html(hiddenLink);
    const { body } = await post('east-teacher', '/api/scan', { text: source, html: true });
    expect(body.findings[0]).toMatchObject({ kind: 'hidden-link', severity: 'critical' });
  });
});
