/** The store over HTTP, with `@clickhouse/client` and with plain requests, against the real engine. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createClient } from '@clickhouse/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectLogstore, type LogstoreClient } from './client.ts';
import { type SpawnedLogstore, spawnLogstore } from './testing.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'jiaodun-store-测试-'));
const maxBodyBytes = 64 * 1024 * 1024;
let store: SpawnedLogstore;
let client: LogstoreClient;

beforeAll(async () => {
  store = await spawnLogstore(dataDir, { maxBodyBytes });
  client = store.connect();
});
afterAll(async () => {
  await client.close();
  expect(await store.stop()).toBe(0);
  rmSync(dataDir, { recursive: true });
});

const credentials = () => ({
  'X-ClickHouse-User': store.user,
  'X-ClickHouse-Key': store.password,
});

function post(
  query: string,
  body: BodyInit | null = null,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${store.url}/?${query}`, { method: 'POST', body, headers: { ...credentials(), ...headers } });
}

async function countOf(table: string): Promise<number> {
  const [row] = await client.query<{ n: string }>(`SELECT count() AS n FROM ${table}`);
  return Number(row!.n);
}

function codeOf(response: Response): [number, string | null] {
  return [response.status, response.headers.get('x-clickhouse-exception-code')];
}

it('gives back every kind of value as it was given', async () => {
  await client.command(`CREATE TABLE kinds (
    u UInt64, i Int64, ip IPv6, at DateTime64(3, 'UTC'), low LowCardinality(String), list Array(String),
    maybe Nullable(UInt32), text String, big Int128, map Map(String, UInt64)) ENGINE = MergeTree ORDER BY u`);
  const row = {
    u: 18446744073709551615n,
    i: -9223372036854775808n,
    ip: '2001:db8::7',
    at: new Date('2026-03-01T02:03:04.567Z'),
    low: '温州市',
    list: ['甲', "it's", '\\', '\t\n'],
    maybe: null,
    text: '网络安全 😀 \u0000 "x" \r\n',
    big: 170141183460469231731687303715884105727n,
    map: { 键: 1n },
  };
  await client.insert('kinds', [row]);
  expect(await client.query('SELECT * FROM kinds')).toEqual([
    {
      ...row,
      u: '18446744073709551615',
      i: '-9223372036854775808',
      at: '2026-03-01 02:03:04.567',
      big: '170141183460469231731687303715884105727',
      map: { 键: '1' },
    },
  ]);
});

it('keeps a parameter a value, whatever it holds', async () => {
  const hostile = [
    "'; DROP TABLE kinds; --",
    '\\',
    "\\'",
    '{s:String}',
    '`',
    '\t\n\r\u0001',
    '$x$ $' + '{x}',
    '中文😀',
    '',
  ];
  for (const s of hostile) {
    expect(
      await client.query('SELECT {s:String} AS s, {list:Array(String)} AS list', { s, list: [s, s] }),
    ).toEqual([{ s, list: [s, s] }]);
  }
  const values = { n: null, u: 18446744073709551615n, t: new Date('2026-01-01T00:00:00.001Z'), b: true };
  expect(
    await client.query(
      "SELECT {n:Nullable(String)} AS n, {u:UInt64} AS u, {t:DateTime64(3, 'UTC')} AS t, {b:Bool} AS b",
      values,
    ),
  ).toEqual([{ n: null, u: '18446744073709551615', t: '2026-01-01 00:00:00.001', b: true }]);
});

it('takes parameters that are too long for a URL', async () => {
  const ids = Array.from({ length: 50_000 }, (_, n) => `id-${n}`);
  expect(
    await client.query('SELECT length({ids:Array(String)}) AS n, {ids:Array(String)}[50000] AS last', {
      ids,
    }),
  ).toEqual([{ n: '50000', last: 'id-49999' }]);
});

it('keeps settings and parameters of queries that run at once apart', async () => {
  const one = async (n: number) => {
    const sql = "SELECT {n:UInt32} AS n, toUInt32(getSetting('max_block_size')) AS size, sleep(0.01) AS s";
    const [row] = await client.query<{ n: number; size: number }>(
      sql,
      { n },
      { settings: { max_block_size: 1000 + n } },
    );
    return row!.n === n && row!.size === 1000 + n;
  };
  expect(await Promise.all(Array.from({ length: 60 }, (_, n) => one(n)))).toEqual(Array(60).fill(true));
});

it('inserts 200,000 rows in one call', async () => {
  await client.command('CREATE TABLE many (n UInt64, s String) ENGINE = MergeTree ORDER BY n');
  const rows = Array.from({ length: 200_000 }, (_, n) => [n, `行 ${n}`]);
  expect(await client.insert('many', rows, { columns: ['n', 's'] })).toEqual({ writtenRows: 200_000 });
  expect(await client.query('SELECT count() AS c, uniqExact(s) AS u, max(n) AS m FROM many')).toEqual([
    { c: '200000', u: '200000', m: '199999' },
  ]);
});

it('streams a large result row by row', async () => {
  let sum = 0;
  for await (const { n } of client.stream<{ n: number }>('SELECT toUInt32(number) AS n FROM numbers(300000)'))
    sum += n;
  expect(sum).toBe(44_999_850_000);
});

it.each([
  'JSONEachRow',
  'JSONCompactEachRow',
  'TSV',
  'CSV',
  'CSVWithNames',
  'RowBinary',
  'Native',
  'Parquet',
])('takes back what it gave out as %s', async (format) => {
  await client.command('DROP TABLE IF EXISTS copy');
  await client.command(
    'CREATE TABLE copy (n UInt64, s String, a Array(Nullable(String))) ENGINE = MergeTree ORDER BY n',
  );
  const sql = `SELECT number AS n, concat('行,"''\\n\\t', toString(number)) AS s, [s, NULL] AS a FROM numbers(70000)`;
  const given = await post(`default_format=${format}`, sql);
  expect(given.headers.get('x-clickhouse-format')).toBe(format);
  const bytes = new Uint8Array(await given.arrayBuffer());
  await client.insert('copy', () => Readable.from([bytes.subarray(0, 1000), bytes.subarray(1000)]), {
    format,
  });
  const [same] = await client.query(
    `SELECT count() AS n, sum(cityHash64(*)) = (SELECT sum(cityHash64(*)) FROM (${sql})) AS same FROM copy`,
  );
  expect(same).toEqual({ n: '70000', same: 1 });
});

it('takes rows that follow the statement in the body', async () => {
  await client.command('CREATE TABLE inline (n UInt32, s String) ENGINE = MergeTree ORDER BY n');
  expect((await post('', 'INSERT INTO inline FORMAT JSONEachRow {"n":1,"s":"; SELECT"}')).status).toBe(200);
  expect((await post('', 'INSERT INTO inline FORMAT TSV\n2\t\n3\tx\n')).status).toBe(200);
  expect((await post('', "INSERT INTO inline VALUES (4, 'a;b'), (5, '');")).status).toBe(200);
  expect((await post('query=INSERT+INTO+inline+VALUES', "(6, 'six')")).status).toBe(200);
  const binary = Buffer.concat([
    Buffer.from('INSERT INTO inline FORMAT RowBinary\n'),
    Buffer.from([7, 0, 0, 0, 2, 0xff, 0xfe]),
  ]);
  expect((await post('', binary)).status).toBe(200);
  expect(await client.query('SELECT n, hex(s) AS s FROM inline ORDER BY n')).toEqual(
    [
      [1, '; SELECT'],
      [2, ''],
      [3, 'x'],
      [4, 'a;b'],
      [5, ''],
      [6, 'six'],
    ]
      .map(([n, s]) => ({ n, s: Buffer.from(String(s)).toString('hex').toUpperCase() }))
      .concat([{ n: 7, s: 'FFFE' }]),
  );
});

it('adds a batch once however often its token comes, and equal batches without a token each time', async () => {
  await client.command('CREATE TABLE tokens (n UInt32) ENGINE = MergeTree ORDER BY n');
  for (let n = 0; n < 3; n++) await client.insert('tokens', [{ n: 1 }], { token: 'segment 1' });
  expect(await countOf('tokens')).toBe(1);
  await client.insert('tokens', [{ n: 1 }], { token: 'segment 2' });
  expect(await countOf('tokens')).toBe(2);
  for (let n = 0; n < 3; n++) await client.insert('tokens', [{ n: 1 }]);
  expect(await countOf('tokens')).toBe(5);
  for (let n = 0; n < 2; n++) {
    await client.command("INSERT INTO tokens SETTINGS insert_deduplication_token = 'select' SELECT 9");
  }
  expect(await countOf('tokens')).toBe(6);
});

it('inserts nothing when the client dies in the middle of the body', async () => {
  await client.command('CREATE TABLE half (n UInt32) ENGINE = MergeTree ORDER BY n');
  const auth = Buffer.from(`${store.user}:${store.password}`).toString('base64');
  const head = `POST /?query=INSERT%20INTO%20half%20FORMAT%20TSV HTTP/1.1\r\nHost: x\r\nAuthorization: Basic ${auth}\r\n`;
  for (const framing of [
    'Content-Length: 1000\r\n\r\n1\n2\n3\n',
    'Transfer-Encoding: chunked\r\n\r\n4\r\n1\n2\n\r\n',
  ]) {
    const socket = connectSocket(store.port, '127.0.0.1');
    await new Promise((resolve) => socket.write(head + framing, resolve));
    while (readdirSync(join(dataDir, 'incoming')).length === 0)
      await new Promise((resolve) => setImmediate(resolve));
    socket.destroy();
    while (readdirSync(join(dataDir, 'incoming')).length > 0)
      await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await countOf('half')).toBe(0);
});

it('inserts nothing of a batch with one bad row, and names the row', async () => {
  await client.command('CREATE TABLE strict (n UInt32) ENGINE = MergeTree ORDER BY n');
  const refused = await post(
    'query=INSERT+INTO+strict+FORMAT+JSONEachRow',
    '{"n":1}\n{"n":"two"}\n{"n":3}\n',
  );
  expect(refused.status).toBe(400);
  expect(await refused.text()).toMatch(/row 2/);
  expect(await countOf('strict')).toBe(0);
});

it('speaks gzip both ways to the official client', async () => {
  const official = createClient({
    url: store.url,
    username: store.user,
    password: store.password,
    compression: { request: true, response: true },
  });
  await official.command({ query: 'CREATE TABLE zipped (n UInt32, s String) ENGINE = MergeTree ORDER BY n' });
  const values = Array.from({ length: 5000 }, (_, n) => ({ n, s: '重复'.repeat(20) }));
  await official.insert({ table: 'zipped', values, format: 'JSONEachRow' });
  const result = await official.query({ query: 'SELECT * FROM zipped ORDER BY n', format: 'JSON' });
  expect(result.response_headers['content-encoding']).toBe('gzip');
  expect((await result.json<{ n: number }>()).data.length).toBe(5000);
  await official.close();
});

it.each(['gzip', 'deflate', 'br', 'zstd'])('reads and writes %s', async (encoding) => {
  const { gzipSync, deflateSync, brotliCompressSync, zstdCompressSync } = await import('node:zlib');
  const packed = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync, zstd: zstdCompressSync }[
    encoding
  ]!(Buffer.from("SELECT '压缩' AS s, number FROM numbers(3)"));
  const reply = await post('enable_http_compression=1&default_format=TSV', packed, {
    'Content-Encoding': encoding,
    'Accept-Encoding': encoding,
  });
  expect(reply.headers.get('content-encoding')).toBe(encoding);
  expect(await reply.text()).toBe('压缩\t0\n压缩\t1\n压缩\t2\n');
});

it('refuses a wrong password, a wrong user and none, and names nothing else', async () => {
  for (const headers of [
    { 'X-ClickHouse-User': store.user, 'X-ClickHouse-Key': 'wrong' },
    { 'X-ClickHouse-User': 'default', 'X-ClickHouse-Key': store.password },
    {},
    { Authorization: 'Basic !!!' },
  ]) {
    const reply = await fetch(`${store.url}/?query=SELECT+1`, { headers: headers as Record<string, string> });
    expect(codeOf(reply)).toEqual([403, '516']);
  }
  const wrong = connectLogstore({ url: store.url, user: store.user, password: 'wrong' });
  await expect(wrong.query('SELECT 1')).rejects.toMatchObject({ code: '516' });
  await wrong.close();
});

it.each([
  ['query=SELEC+1', 400, '62'],
  ['query=SELECT+1%3BDROP+TABLE+many', 400, '62'],
  ['query=', 400, '62'],
  ['query=SELECT+*+FROM+nowhere', 404, '60'],
  ['query=SELECT+1&database=nowhere', 404, '81'],
  ['query=SELECT+%7Bx%3AString%7D', 400, '456'],
  ['query=SELECT+%7Bx%3AUInt8%7D&param_x=abc', 400, '457'],
  ['query=SELECT+1&no_such_setting=1', 404, '115'],
  ['query=SELECT+1&bad%20name=1', 404, '115'],
  ['query=SELECT+1&session_id=x', 501, '48'],
  ['query=SELECT+1&compress=1', 501, '48'],
  ['query=SELECT+max(sleepEachRow(0.5))+FROM+numbers(9)&max_execution_time=1&max_block_size=1', 408, '159'],
  ['query=SELECT+groupArray(number)+FROM+numbers(50000000)&max_memory_usage=10000000', 500, '241'],
])('answers %s with %i and code %s', async (query, status, code) => {
  const reply = await post(query);
  expect(codeOf(reply)).toEqual([status, code]);
  expect(await reply.text()).toMatch(new RegExp(`^Code: ${code}\\. DB::Exception: .*\\([A-Z_]+\\)`, 's'));
});

it('refuses to write on GET and reads on it', async () => {
  const get = (query: string) => fetch(`${store.url}/?${query}`, { headers: credentials() });
  expect(await (await get('query=SELECT+1')).text()).toBe('1\n');
  expect(codeOf(await get('query=CREATE+TABLE+no+(n+UInt8)+ENGINE%3DMemory'))).toEqual([403, '164']);
  expect(codeOf(await get("query=INSERT+INTO+many+SELECT+1,'x'"))).toEqual([403, '164']);
});

it('refuses damaged, unknown and too large bodies and inserts nothing of them', async () => {
  await client.command('CREATE TABLE bodies (s String) ENGINE = MergeTree ORDER BY s');
  const into = 'query=INSERT+INTO+bodies+FORMAT+LineAsString';
  const { gzipSync } = await import('node:zlib');
  const packed = gzipSync(Buffer.alloc(100_000, 'x\n'));
  expect(codeOf(await post(into, packed.subarray(0, -20), { 'Content-Encoding': 'gzip' }))).toEqual([
    400,
    '33',
  ]);
  expect(codeOf(await post(into, 'not gzip', { 'Content-Encoding': 'gzip' }))).toEqual([400, '33']);
  expect(codeOf(await post(into, 'x', { 'Content-Encoding': 'lzma' }))).toEqual([501, '48']);
  const bomb = gzipSync(Buffer.alloc(maxBodyBytes + 1));
  expect(codeOf(await post(into, bomb, { 'Content-Encoding': 'gzip' }))).toEqual([413, '307']);
  expect(await countOf('bodies')).toBe(0);
  expect(readdirSync(join(dataDir, 'incoming'))).toEqual([]);
});

it('tells an error that comes after rows, and never ends such a reply as if it were whole', async () => {
  const sql = 'SELECT number, throwIf(number = 2500000) FROM numbers(3000000)';
  await expect(client.query(sql)).rejects.toMatchObject({ code: '395' });
  await expect(post('default_format=TSV', sql).then((reply) => reply.text())).rejects.toThrow();
});

it('kills a query whose client has gone, and answers pings meanwhile', async () => {
  const leave = new AbortController();
  const endless = client.query(
    'SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1',
    {},
    {
      signal: leave.signal,
      settings: { max_execution_time: 0 },
    },
  );
  const running = () =>
    client.query(
      "SELECT query FROM system.processes WHERE query LIKE '%1000000000000%' AND query NOT LIKE '%system%'",
    );
  while ((await running()).length === 0) expect(await client.ping()).toBe(true);
  leave.abort();
  await expect(endless).rejects.toThrow();
  while ((await running()).length > 0) expect(await client.ping()).toBe(true);
});

it('sends the headers that clients read', async () => {
  const reply = await post('query_id=my-query&default_format=JSON', 'SELECT 1 AS n');
  expect(reply.headers.get('x-clickhouse-query-id')).toBe('my-query');
  expect(reply.headers.get('content-type')).toContain('application/json');
  expect(Number(JSON.parse(reply.headers.get('x-clickhouse-summary')!).read_rows)).toBeGreaterThan(0);
  expect(((await reply.json()) as { data: unknown }).data).toEqual([{ n: 1 }]);
});

it('makes tables durable and deduplicating although they do not say so', async () => {
  const rows = await client.query<{ name: string; value: string }>(
    `SELECT name, value FROM system.merge_tree_settings
     WHERE name IN ('fsync_after_insert', 'fsync_part_directory', 'non_replicated_deduplication_window', 'old_parts_lifetime')`,
  );
  expect(Object.fromEntries(rows.map((row) => [row.name, row.value]))).toEqual({
    fsync_after_insert: '1',
    fsync_part_directory: '1',
    non_replicated_deduplication_window: '10000',
    old_parts_lifetime: '480',
  });
});
