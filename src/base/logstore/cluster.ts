/**
 * The same statements on a ClickHouse cluster. Migrations and inserts are written for one machine; here, and nowhere
 * else, they get the form of a cluster: data in replicated tables `<name>_local` on every shard, `<name>` in front of
 * them. Questions stay as they are.
 */
import { fail } from '#base/errors';
import './errors.ts';

/** A cluster's name goes into statements as it is. */
const clusterName = /^[A-Za-z_][\w-]{0,63}$/;

/** What each replica of a table is called for the keeper; `{uuid}` and the rest are ClickHouse's own macros. */
const replicaPath = `'/clickhouse/tables/{uuid}/{shard}', '{replica}'`;

/** Column by which rows are spread: all of a segment on one shard, and a repetition to the same one. */
const spreadBy: Readonly<Record<string, string>> = {
  presence: 'src',
  usage: 'src',
  logstore_migrations: 'cityHash64(file)',
};

/** Names that the cluster itself told are local already. */
const localOf = (name: string) => (name.endsWith('_local') ? name : `${name}_local`);

/** The statements that do on a cluster what `statement` does on one machine. Fails with `logstore.bad_cluster`. */
export function clusterStatements(statement: string, cluster: string): string[] {
  if (!clusterName.test(cluster)) fail('logstore.bad_cluster', { name: cluster });
  const sql = statement.replace(/^(?:\s*--[^\n]*\n)+/, '').trim();
  const on = `ON CLUSTER '${cluster}'`;
  const created = /^CREATE TABLE (IF NOT EXISTS )?((?:\w+\.)?\w+)/i.exec(sql);
  if (created) return tableStatements(sql, cluster, created);
  const database = /^CREATE DATABASE (?:IF NOT EXISTS )?\w+/i.exec(sql);
  if (database) return [`${database[0]} ${on}${sql.slice(database[0].length)}`];
  const altered = /^ALTER TABLE ((?:\w+\.)?\w+)([\s\S]*)$/i.exec(sql);
  if (altered) return alterStatements(altered[1]!, altered[2]!, on);
  const view = /^CREATE MATERIALIZED VIEW (IF NOT EXISTS )?((?:\w+\.)?\w+) TO ((?:\w+\.)?\w+) AS/i.exec(sql);
  if (view) {
    // Each shard rolls up what it stores; the table in front adds them up.
    const [head, exists = '', name, target] = view;
    const made = `CREATE MATERIALIZED VIEW ${exists}${name} ${on} TO ${localOf(target!)} AS`;
    return [made + sql.slice(head.length).replace(/\bFROM ((?:\w+\.)\w+)/gi, 'FROM $1_local')];
  }
  const deleted = /^DELETE FROM ((?:\w+\.)?\w+)([\s\S]*)$/i.exec(sql);
  if (deleted) return [`DELETE FROM ${localOf(deleted[1]!)} ${on}${deleted[2]}`];
  return [sql];
}

function tableStatements(sql: string, cluster: string, [head, exists = '', name]: RegExpExecArray): string[] {
  const on = `ON CLUSTER '${cluster}'`;
  const engine = /\bENGINE\s*=\s*(\w*MergeTree)\b(\(\))?/i.exec(sql);
  if (!engine) fail('logstore.not_for_cluster', { statement: head });
  const local =
    `CREATE TABLE ${exists}${name}_local ${on}` +
    sql
      .slice(head.length)
      .replace(engine[0], `ENGINE = Replicated${engine[1]}(${replicaPath})`)
      .replace('non_replicated_deduplication_window', 'replicated_deduplication_window');
  const [database, table] = name!.includes('.') ? name!.split('.') : ['currentDatabase()', name!];
  const spread = spreadBy[table!] ?? (/^\s*seg\s/m.test(sql) ? 'seg' : 'rand()');
  const where = database === 'currentDatabase()' ? database : `'${database}'`;
  return [
    local,
    `CREATE TABLE ${exists}${name} ${on} AS ${name}_local ENGINE = Distributed('${cluster}', ${where}, '${table}_local', ${spread})`,
  ];
}

/** What changes columns concerns both tables; how they are stored, partitions and rows are the local one's. */
function alterStatements(name: string, rest: string, on: string): string[] {
  const local = `ALTER TABLE ${localOf(name)} ${on}${rest}`;
  const ofColumns = /^\s*(ADD|DROP|MODIFY|RENAME|COMMENT) COLUMN\b/i.test(rest);
  const ofStorage = /^\s*MODIFY COLUMN \w+ CODEC\b/i.test(rest);
  return ofColumns && !ofStorage ? [local, `ALTER TABLE ${name} ${on}${rest}`] : [local];
}

/** What every statement carries on a cluster: an insert is done when the shards have it, a question sees all of them. */
export const clusterSettings = {
  distributed_foreground_insert: 1,
  distributed_product_mode: 'global',
} as const;
