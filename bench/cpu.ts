import { readFile } from 'node:fs/promises';
import type { TestApp } from '#test/db';

/** Processor seconds of this process and of the database's own for it so far. The kernel counts in hundredths. */
export async function cpuSeconds(app: TestApp): Promise<number> {
  const { user, system } = process.cpuUsage();
  const { rows } = await app.ownerPool.query<{ pid: number }>(
    'SELECT pid FROM pg_stat_activity WHERE datname = current_database()',
  );
  let ticks = 0;
  for (const { pid } of rows) {
    const fields = (await readFile(`/proc/${pid}/stat`, 'latin1')).split(') ')[1]!.split(' ');
    ticks += Number(fields[11]) + Number(fields[12]);
  }
  return (user + system) / 1_000_000 + ticks / 100;
}
