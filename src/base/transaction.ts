/**
 * The transaction in which every use case runs, seen through its actor's scope.
 *
 * Kysely's own would ask four times before the first question: BEGIN, the settings, and each answered before the next
 * is sent. Every request pays that twice (who calls, what is asked), so here one message opens it.
 */
import {
  AbortedTransactionError,
  type CompiledQuery,
  type DatabaseConnection,
  DefaultQueryExecutor,
  type Driver,
  Kysely,
  PostgresAdapter,
  PostgresDialect,
  PostgresQueryCompiler,
  type QueryResult,
  SingleConnectionProvider,
} from 'kysely';
import pg from 'pg';
import type { Db, Scope } from '#base/db';

interface Opening {
  readonly scope: Scope;
  readonly actorId: string;
}

/** Runs `work` in one transaction that sees only `scope`. Rolls back when it throws. */
export function inScope<T>(
  pool: pg.Pool,
  scope: Scope,
  actorId: string,
  work: (transaction: Db) => Promise<T>,
): Promise<T> {
  return transact(pool, 'BEGIN', { scope, actorId }, work);
}

/** Like `inScope`, but everything is read as it was at the first statement, and nothing can be written. */
export function inSnapshot<T>(
  pool: pg.Pool,
  scope: Scope,
  actorId: string,
  work: (transaction: Db) => Promise<T>,
): Promise<T> {
  return transact(
    pool,
    'START TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY',
    { scope, actorId },
    work,
  );
}

async function transact<T>(
  pool: pg.Pool,
  begin: string,
  { scope, actorId }: Opening,
  work: (transaction: Db) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  const connection = new OpenTransaction(client);
  let isOver = false;
  let broken: Error | undefined;
  try {
    await client.query(`${begin};
      SET LOCAL jiaodun.scope TO ${pg.escapeLiteral(scope)}; SET LOCAL jiaodun.actor TO ${pg.escapeLiteral(actorId)}`);
    const result = await work(kyselyOn(connection));
    isOver = true;
    const { command } = await client.query('COMMIT');
    // An error that somebody caught has ended the transaction; PostgreSQL answers the COMMIT with a ROLLBACK.
    if (command === 'ROLLBACK') throw new AbortedTransactionError();
    return result;
  } catch (error) {
    // A connection that cannot even roll back is thrown away. A COMMIT that fails has rolled back.
    if (!isOver) {
      await client.query('ROLLBACK').catch((failed: Error) => {
        broken = failed;
      });
    }
    throw error;
  } finally {
    connection.close();
    client.release(broken);
  }
}

const adapter = new PostgresAdapter();
const compiler = new PostgresQueryCompiler();
/** What Kysely wants to be given and does not use: the connection is ours. */
const unused: Driver = {
  init: refuse,
  acquireConnection: refuse,
  beginTransaction: refuse,
  commitTransaction: refuse,
  rollbackTransaction: refuse,
  releaseConnection: refuse,
  destroy: refuse,
};
const dialect = new PostgresDialect({ pool: refuse });

function refuse(): Promise<never> {
  return Promise.reject(new Error('a transaction is open: there is none inside of it'));
}

function kyselyOn(connection: DatabaseConnection): Db {
  const executor = new DefaultQueryExecutor(compiler, adapter, new SingleConnectionProvider(connection));
  return new Kysely({ config: { dialect }, dialect, driver: unused, executor });
}

/** A statement that begins with this comment is parsed and planned once for each connection. Its text is constant. */
const prepared = /^\/\* prepared: ([\w.-]+) \*\//;
const changes: readonly string[] = ['INSERT', 'UPDATE', 'DELETE', 'MERGE'];

class OpenTransaction implements DatabaseConnection {
  readonly #client: pg.PoolClient;
  #isOpen = true;

  constructor(client: pg.PoolClient) {
    this.#client = client;
  }

  /** From here on the connection is another's, with another scope. */
  close(): void {
    this.#isOpen = false;
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    if (!this.#isOpen) throw new Error('this transaction has ended');
    const name = prepared.exec(sql)?.[1];
    const { command, rowCount, rows } = await this.#client.query({
      text: sql,
      values: [...parameters],
      ...(name && { name }),
    });
    return {
      rows: (rows ?? []) as R[],
      ...(changes.includes(command) && { numAffectedRows: BigInt(rowCount ?? 0) }),
    };
  }

  // biome-ignore lint/correctness/useYield: nothing is streamed
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('nothing is streamed here');
  }
}
