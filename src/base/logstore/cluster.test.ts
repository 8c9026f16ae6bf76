import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LogstoreClient } from './client.ts';
import { clusterStatements } from './cluster.ts';
import { migrateLogstore, splitStatements } from './migrate.ts';
import { type SpawnedLogstore, spawnLogstore } from './testing.ts';

const folder = 'migrations/clickhouse';
let root: string;
let nodes: SpawnedLogstore[];
let clients: LogstoreClient[];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'jiaodun-cluster-'));
  nodes = await Promise.all(['a', 'b', 'c'].map((name) => spawnLogstore(join(root, name))));
  clients = nodes.map((node) => node.connect());
  for (const client of clients) await migrateLogstore(client, folder);
}, 60_000);
afterAll(async () => {
  for (const client of clients) await client.close();
  for (const node of nodes) await node.stop();
  await rm(root, { recursive: true });
});

/** Throws unless the engine can read it; nothing is run. */
const parse = (sql: string) => clients[0]!.command(`EXPLAIN AST ${sql}`);

it('gives every migration a form that the engine reads', async () => {
  const forms: string[] = [];
  for (const file of (await readdir(folder)).sort()) {
    for (const statement of splitStatements(await readFile(join(folder, file), 'utf8')))
      forms.push(...clusterStatements(statement, 'logs'));
  }
  for (const form of forms.filter((sql) => /^(CREATE|ALTER)/.test(sql))) {
    expect(form).toContain("ON CLUSTER 'logs'");
    await parse(form);
  }
  expect(forms.filter((sql) => /ENGINE = Replicated\w*MergeTree/.test(sql))).toHaveLength(7);
  expect(forms.filter((sql) => /ENGINE = Distributed/.test(sql))).toHaveLength(7);
  expect(forms.some((sql) => /ENGINE = (Aggregating)?MergeTree/.test(sql))).toBe(false);
  await expect(parse("CREATE TABLE t ON CLUSTER 'c' (n UInt8) ENGINE Distributed( ORDER")).rejects.toThrow();
});

describe('statements on a cluster', () => {
  it.each([
    [
      'CREATE TABLE IF NOT EXISTS d.event (\n  seg UInt64\n) ENGINE = MergeTree ORDER BY seg',
      [
        "CREATE TABLE IF NOT EXISTS d.event_local ON CLUSTER 'c' (\n  seg UInt64\n) ENGINE = ReplicatedMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}') ORDER BY seg",
        "CREATE TABLE IF NOT EXISTS d.event ON CLUSTER 'c' AS d.event_local ENGINE = Distributed('c', 'd', 'event_local', seg)",
      ],
    ],
    ['DELETE FROM d.event WHERE src = 1', ["DELETE FROM d.event_local ON CLUSTER 'c' WHERE src = 1"]],
    [
      'ALTER TABLE d.event_local DROP PARTITION 20261122',
      ["ALTER TABLE d.event_local ON CLUSTER 'c' DROP PARTITION 20261122"],
    ],
    [
      "ALTER TABLE d.event ADD COLUMN dec String DEFAULT ''",
      [
        "ALTER TABLE d.event_local ON CLUSTER 'c' ADD COLUMN dec String DEFAULT ''",
        "ALTER TABLE d.event ON CLUSTER 'c' ADD COLUMN dec String DEFAULT ''",
      ],
    ],
    ['INSERT INTO d.usage SELECT 1', ['INSERT INTO d.usage SELECT 1']],
  ])('%s', (statement, forms) => {
    expect(clusterStatements(statement, 'c')).toEqual(forms);
  });

  it('refuses a name that would become part of a statement, and tables that cannot be replicated', () => {
    expect(() => clusterStatements('DELETE FROM t WHERE 1', "c' SYNC")).toThrow(
      expect.objectContaining({ code: 'logstore.bad_cluster' }),
    );
    expect(() => clusterStatements('CREATE TABLE t (n UInt8) ENGINE = Log', 'c')).toThrow(
      expect.objectContaining({ code: 'logstore.not_for_cluster' }),
    );
  });
});

/** A table of what a shard answers to `sql`: the engine itself asks it, with its binary format. */
function shard(node: SpawnedLogstore, sql: string, structure: string): string {
  const address = `${node.url}/?query=${encodeURIComponent(`${sql} FORMAT Native`)}`;
  return `SELECT * FROM url('${address}', 'Native', '${structure}',
    headers('X-ClickHouse-User'='${node.user}', 'X-ClickHouse-Key'='${node.password}'))`;
}

it('reads two stores as shards: states of counts are merged, newest rows come from both', async () => {
  const at = `fromUnixTimestamp64Milli(toInt64(1795327200000 + number * 10), 'UTC')`;
  for (const [i, client] of clients.slice(0, 2).entries()) {
    // Written by segment number: even ones here, odd ones there.
    await client.command(
      `INSERT INTO jiaodun_logs.event (recv_ts, ts, seg, seq, kind, src, host, dn)
       SELECT ${at}, ${at}, number % 100, number, 'proxy', 1, concat('h', toString(number % 7)), number
       FROM numbers(200000) WHERE number % 2 = ${i}`,
    );
  }
  const shards = nodes.slice(0, 2);
  const states = `SELECT host, countState() AS n, sumState(dn) AS bytes, uniqExactState(seg) AS segs
    FROM jiaodun_logs.event GROUP BY host`;
  const structure =
    'host String, n AggregateFunction(count), bytes AggregateFunction(sum, UInt64), segs AggregateFunction(uniqExact, UInt64)';
  const merged = await clients[2]!.query<Record<string, string>>(
    `SELECT host, countMerge(n) AS rows, sumMerge(bytes) AS dn, uniqExactMerge(segs) AS segments
     FROM (${shards.map((node) => shard(node, states, structure.replaceAll("'", ''))).join(' UNION ALL ')})
     GROUP BY host ORDER BY host`,
  );
  const expected = Array.from({ length: 7 }, (_, h) => {
    const numbers = Array.from({ length: 200_000 }, (_, n) => n).filter((n) => n % 7 === h);
    const dn = numbers.reduce((sum, n) => sum + n, 0);
    return { host: `h${h}`, rows: String(numbers.length), dn: String(dn), segments: '100' };
  });
  expect(merged).toEqual(expected);
  const newest = shards.map((node) =>
    shard(
      node,
      'SELECT ts, seq FROM jiaodun_logs.event ORDER BY ts DESC LIMIT 5',
      'ts DateTime64(3), seq UInt32',
    ),
  );
  const rows = await clients[2]!.query<{ seq: number }>(
    `SELECT seq FROM (${newest.join(' UNION ALL ')}) ORDER BY ts DESC LIMIT 5`,
  );
  expect(rows.map(({ seq }) => seq)).toEqual([199_999, 199_998, 199_997, 199_996, 199_995]);
  await nodes[1]!.kill();
  await expect(
    clients[2]!.query(shard(shards[1]!, 'SELECT 1 AS n', 'n UInt8'), {}, { settings: { http_max_tries: 1 } }),
  ).rejects.toThrow();
}, 60_000);
