/** The audit log against the real database: proofs, witnesses, and a lock that binds the owner too. */
import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authenticate, setupToken } from '#auth';
import { systemActor } from '#base/app';
import { buildServer } from '#base/http';
import { call, type SignedIn, staffCity } from '#test/city';
import { actorAt, type TestApp, testApp } from '#test/db';
import { auth } from '../auth/module.ts';
import { units } from '../units/module.ts';
import type { LogLine, Verification } from './contract.ts';
import { makeCheckpoint } from './make-checkpoint.ts';
import { verifyConsistency, verifyInclusion } from './merkle.ts';
import { audit } from './module.ts';
import { readLog } from './read-log.ts';
import { recordAudit } from './record-audit.ts';
import { signWitnessed } from './statement.ts';
import { verifyLog } from './verify-log.ts';

let app: TestApp;
let server: FastifyInstance;
let people: Record<string, SignedIn>;
const auditor = () => people.auditadmin!;
const bytes = (hex: string) => Buffer.from(hex, 'hex');

beforeAll(async () => {
  app = await testApp([audit, units, auth]);
  server = buildServer(app, authenticate);
  people = await staffCity(server, await setupToken(app.config.dataDir), []);
});
afterAll(async () => {
  await server.close();
  await app.close();
});

async function record(count: number): Promise<void> {
  await app.run(actorAt('city'), async (ctx) => {
    for (let n = 0; n < count; n += 1)
      await recordAudit(ctx, {
        action: 'test.act',
        subject: `thing:${n}`,
        before: { n },
        after: { n: n + 1 },
      });
  });
}

async function linesFor(scope: string): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  for await (const line of readLog(app, { ...systemActor('test'), scope })) lines.push(line);
  return lines;
}

async function* given(lines: readonly LogLine[]): AsyncGenerator<LogLine> {
  yield* lines;
}

const seal = () => app.run(systemActor('test'), makeCheckpoint);

describe('proofs', () => {
  it('show that every entry is in the tree and every tree grew out of the one before', async () => {
    const sizes: number[] = [];
    // Past 2^8 and 2^9 leaves, so that stored subtree roots are used, and at odd sizes.
    for (const count of [3, 5, 250, 1, 300, 7]) {
      await record(count);
      sizes.push(await seal());
    }
    const heads = (await call(server, auditor(), 'GET', '/api/audit/checkpoints?pageSize=100')).body
      .items as {
      size: number;
      root: string;
    }[];
    const rootAt = new Map(heads.map((head) => [head.size, bytes(head.root)]));
    for (const [n, from] of sizes.entries()) {
      for (const to of sizes.slice(n)) {
        const reply = await call(server, auditor(), 'GET', `/api/audit/consistency?from=${from}&to=${to}`);
        const proof = (reply.body.proof as string[]).map(bytes);
        expect([from, to, verifyConsistency(from, rootAt.get(from)!, to, rootAt.get(to)!, proof)]).toEqual([
          from,
          to,
          true,
        ]);
      }
    }
    const listed = await call(server, auditor(), 'GET', '/api/audit?pageSize=500&action=test.*');
    const entries = (listed.body.items as { id: string; leaf: string }[]).filter((_one, n) => n % 37 === 0);
    expect(entries.length).toBeGreaterThan(10);
    for (const entry of entries) {
      const { body } = await call(server, auditor(), 'GET', `/api/audit/${entry.id}/inclusion`);
      const proof = (body.proof as string[]).map(bytes);
      expect(
        verifyInclusion(bytes(entry.leaf), body.index, body.head.size, proof, bytes(body.head.root)),
      ).toBe(true);
      expect(
        verifyInclusion(bytes(entry.leaf), body.index + 1, body.head.size, proof, bytes(body.head.root)),
      ).toBe(false);
    }
  });

  it('are refused for an entry without a place and for a range that is not there', async () => {
    await record(1);
    const listed = await call(server, auditor(), 'GET', '/api/audit?pageSize=1&action=test.act');
    expect(listed.body.items[0].index).toBeNull();
    const early = await call(server, auditor(), 'GET', `/api/audit/${listed.body.items[0].id}/inclusion`);
    expect([early.status, early.body.code]).toEqual([409, 'audit.not_placed']);
    const sealed = await call(server, auditor(), 'POST', '/api/audit/checkpoints');
    expect(sealed.status).toBe(200);
    const later = await call(server, auditor(), 'GET', `/api/audit/${listed.body.items[0].id}/inclusion`);
    expect(later.status).toBe(200);
    const beyond = await call(server, auditor(), 'GET', '/api/audit/consistency?from=1&to=99999');
    expect([beyond.status, beyond.body.code]).toEqual([422, 'audit.bad_range']);
  });

  it('count 200,000 bytes of leaves as two hundred rows: subtree roots are stored once each', async () => {
    const { rows } = await app.ownerPool.query(
      'SELECT level, count(*)::int AS n, max(index)::int AS last FROM audit.node GROUP BY level',
    );
    expect(rows).toEqual([{ level: 8, n: 2, last: 1 }]);
  });
});

describe('the exported log', () => {
  it('is checked from its lines alone, and hides what lies outside the reader’s scope', async () => {
    await seal();
    const lines = await linesFor('*');
    const head = lines[0] as { log: { publicKey: string; size: number } };
    const whole = await verifyLog(given(lines), { publicKey: head.log.publicKey });
    expect(whole).toMatchObject({ intact: true, entries: head.log.size });
    const county = await linesFor('city.east');
    expect(JSON.stringify(county)).not.toContain('sysadmin');
    expect(await verifyLog(given(county), { publicKey: head.log.publicKey })).toMatchObject({ intact: true });
    const exported = await server.inject({ url: '/api/audit/export', headers: { cookie: auditor().cookie } });
    const parsed = exported.body
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as LogLine);
    expect(parsed.length).toBeGreaterThan(500);
    expect(await verifyLog(given(parsed), { publicKey: head.log.publicKey })).toMatchObject({ intact: true });
  });

  it('shows every edit, drop, insert, reorder, truncation and rollback', async () => {
    await seal();
    const lines = await linesFor('*');
    const { log } = lines[0] as { log: { publicKey: string; size: number; root: string } };
    const trusted = { size: log.size, root: log.root };
    const check = (changed: readonly LogLine[]): Promise<Verification> =>
      verifyLog(given(changed), { publicKey: log.publicKey, trusted });
    expect((await check(lines)).intact).toBe(true);
    const entryPlaces = lines.flatMap((line, place) => ('leaf' in line ? [place] : []));
    const headPlaces = lines.flatMap((line, place) => ('checkpoint' in line ? [place] : []));
    const place = fc.constantFrom(...entryPlaces);
    const tamper = fc.oneof(
      fc.tuple(fc.constant('edit'), place, fc.constantFrom('statement', 'content', 'salt', 'leaf')),
      fc.tuple(fc.constant('drop'), place, fc.constant('')),
      fc.tuple(fc.constant('insert'), place, fc.constant('')),
      fc.tuple(fc.constant('swap'), place, fc.constant('')),
      fc.tuple(fc.constant('truncate'), place, fc.constant('')),
      fc.tuple(fc.constant('rollback'), fc.constantFrom(...headPlaces.slice(0, -1)), fc.constant('')),
    );
    await fc.assert(
      fc.asyncProperty(tamper, async ([kind, at, field]) => {
        const changed = tampered(lines, kind, at, field);
        const verdict = await check(changed);
        expect([kind, at, field, verdict.intact]).toEqual([kind, at, field, false]);
        expect(verdict.problem).not.toBeNull();
      }),
      { numRuns: 250 },
    );
  });
});

/** A log as one who holds the export and wants to hide something would leave it: hashes mended where that is possible. */
function tampered(lines: readonly LogLine[], kind: string, at: number, field: string): LogLine[] {
  const copy = structuredClone(lines) as LogLine[];
  const entry = copy[at] as unknown as Record<string, string>;
  if (kind === 'edit') entry[field] = flipped(entry[field]!);
  if (kind === 'drop') copy.splice(at, 1);
  if (kind === 'insert') copy.splice(at, 0, structuredClone(copy[at]!));
  if (kind === 'swap') [copy[at], copy[at + 1]] = [copy[at + 1]!, copy[at]!];
  if (kind === 'truncate') copy.splice(at);
  if (kind === 'rollback') {
    // An older state of the log, its own head honestly signed: only who saw the newer one can tell.
    const { checkpoint } = copy[at] as Extract<LogLine, { checkpoint: unknown }>;
    const { publicKey } = (copy[0] as Extract<LogLine, { log: unknown }>).log;
    copy.splice(at + 1);
    copy[0] = { log: { ...checkpoint, publicKey } };
  }
  // Places renumbered, as a careful forger would.
  let index = 0;
  for (const line of copy) if ('leaf' in line) line.index = index++;
  return copy;
}

function flipped(text: string): string {
  const last = text.at(-1)!;
  return `${text.slice(0, -1)}${last === '0' ? '1' : '0'}`;
}

describe('a witness', () => {
  it('signs heads that grew out of the one it knew; its key must be registered', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const { head } = (await call(server, auditor(), 'GET', '/api/audit/head')).body;
    const signature = signWitnessed(head.size, bytes(head.root), privateKey).toString('base64');
    const body = { size: head.size, publicKey: pem, signature };
    const stranger = await call(server, auditor(), 'POST', '/api/audit/cosignatures', body);
    expect([stranger.status, stranger.body.code]).toEqual([403, 'audit.unknown_witness']);
    const registered = await call(server, auditor(), 'POST', '/api/audit/witnesses', {
      name: '东示县副本',
      publicKey: pem,
    });
    expect(registered.status).toBe(200);
    expect((await call(server, auditor(), 'POST', '/api/audit/cosignatures', body)).status).toBe(204);
    expect((await call(server, auditor(), 'POST', '/api/audit/cosignatures', body)).status).toBe(204);
    const bad = {
      ...body,
      signature: signWitnessed(head.size + 1, bytes(head.root), privateKey).toString('base64'),
    };
    expect((await call(server, auditor(), 'POST', '/api/audit/cosignatures', bad)).body.code).toBe(
      'audit.bad_cosignature',
    );
    const listed = await call(server, auditor(), 'GET', '/api/audit/witnesses');
    expect(listed.body.items).toMatchObject([{ name: '东示县副本', lastSize: head.size, retired: false }]);
    expect(
      (await call(server, auditor(), 'DELETE', `/api/audit/witnesses/${registered.body.id}`)).status,
    ).toBe(204);
    expect((await call(server, auditor(), 'POST', '/api/audit/cosignatures', body)).body.code).toBe(
      'audit.unknown_witness',
    );
  });

  it('is refused with a key of another kind', async () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
      .publicKey.export({ type: 'spki', format: 'pem' })
      .toString();
    for (const publicKey of [rsa.slice(0, 390), `${'no key at all '.repeat(5)}`]) {
      const reply = await call(server, auditor(), 'POST', '/api/audit/witnesses', {
        name: '见证甲',
        publicKey,
      });
      expect([reply.status, reply.body.code]).toEqual([422, 'audit.bad_key']);
    }
  });
});

describe('what was recorded', () => {
  it.each([
    'DELETE FROM audit.entry',
    'TRUNCATE audit.entry CASCADE',
    "UPDATE audit.entry SET actor_name = 'someone else' WHERE leaf_index = 3",
    'UPDATE audit.entry SET leaf_index = NULL WHERE leaf_index = 3',
    'UPDATE audit.checkpoint SET size = size + 1000000',
    'DELETE FROM audit.checkpoint',
    'ALTER TABLE audit.entry DISABLE TRIGGER ALL',
    'DROP TRIGGER append_only ON audit.entry',
    'DROP TABLE audit.entry CASCADE',
    'DROP SCHEMA audit CASCADE',
    'ALTER TABLE audit.entry DROP COLUMN actor_name',
    'CREATE OR REPLACE FUNCTION audit.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$',
    "SET session_replication_role = 'replica'; DELETE FROM audit.entry",
  ])('is not changed by the owner of the database: %s', async (statement) => {
    await expect(app.ownerPool.query(statement)).rejects.toThrow(/append-only/);
    await app.ownerPool.query('RESET session_replication_role');
  });

  it('shows a change made by one who switched the locks off', async () => {
    const before = await call(server, auditor(), 'GET', '/api/audit/verify');
    expect(before.body).toMatchObject({ intact: true, problem: null });
    const client = await app.ownerPool.connect();
    await client.query(
      "BEGIN; SET LOCAL jiaodun.audit_migration = 'on'; ALTER TABLE audit.entry DISABLE TRIGGER append_only",
    );
    await client.query("UPDATE audit.entry SET actor_name = 'someone else' WHERE leaf_index = 3; COMMIT");
    client.release();
    const after = await call(server, auditor(), 'GET', '/api/audit/verify');
    expect(after.body).toMatchObject({ intact: false, problem: { code: 'entry_changed', place: 3 } });
  });
});
