/** Answered rows as lists and exports show them. Pure. */
import type { OldResult, ResultRow } from './result-store.ts';
import type { LightCandidate, LightResult } from './store.ts';

const nothing = { unitName: null, assetNo: null, room: null, insideIp: null, mac: null, person: null };

/** `minors`: numbers of the run's people whose rooms wait for an approval. */
export function rowsOf(rows: readonly ResultRow[], minors: ReadonlySet<number>) {
  return rows.map((row) => rowOf(row, minors));
}

function rowOf(row: ResultRow, minors: ReadonlySet<number>) {
  const { ip, port, proto } = row.question;
  const { because = [], complete = null, candidates = 0 } = row.result ?? {};
  const shown = candidatesOf(row.result).map((one) => {
    const isMinor = one.person !== null && minors.has(one.person);
    return { ...one, room: isMinor ? null : one.room, protected: isMinor };
  });
  const { protected: _, ...only } =
    candidates === 1 && shown[0] ? shown[0] : { ...nothing, protected: false };
  return {
    number: row.number,
    sheetRow: row.sheet_row,
    ref: row.ref,
    ip,
    port,
    proto,
    at: row.at,
    verdict: row.verdict,
    because: [...because],
    complete,
    candidates,
    shown,
    traceId: row.trace_id,
    ...only,
  };
}

function candidatesOf(result: LightResult['result'] | OldResult | null): readonly LightCandidate[] {
  if (result === null) return [];
  if ('shown' in result) return result.shown;
  const { unitName = null, assetNo = null, room = null, insideIp, mac = null } = result as OldResult;
  return insideIp ? [{ unitName, assetNo, room, insideIp, mac, person: null }] : [];
}
