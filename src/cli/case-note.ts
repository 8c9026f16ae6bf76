import { listIncidents } from '#incidents/contract';
import { ApiError } from './client.ts';
import type { ClientIo } from './commands.ts';

/** A case may be of another office; that no incident here has the number is told, in case it is a slip. */
export async function tellUnknownCase(io: ClientIo, caseNo: string | undefined): Promise<void> {
  if (caseNo === undefined) return;
  try {
    const { items } = await io.client.call(listIncidents, { query: { q: caseNo, pageSize: 100 } });
    if (items.some((one) => one.number === caseNo)) return;
  } catch (error) {
    // Whoever may not see incidents cannot be told whether there is one.
    if (error instanceof ApiError && error.status === 403) return;
    throw error;
  }
  io.stderr(
    `系统里没有编号为 ${caseNo} 的事件；若是其他单位的案号，可以不理会 no incident here has the number ${caseNo}; that of another office is fine\n`,
  );
}
