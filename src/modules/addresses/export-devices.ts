import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { writeSheet } from '#base/sheet';
import { deviceSheet } from './contract.ts';
import { unchanged } from './read-device-rows.ts';
import { type DeviceRow, listInUse } from './store/devices.ts';

/**
 * The devices in use in the columns of the import sheet. Importing it unchanged changes nothing; who answers for a
 * device stands in it as "unchanged", because a sheet goes from hand to hand (rule 7).
 */
export async function sheetOfDevices(
  ctx: Ctx,
  { unitId, format }: { unitId?: string | undefined; format: 'xlsx' | 'csv' },
): Promise<Uint8Array> {
  const rows = await listInUse(ctx, unitId);
  await recordAudit(ctx, {
    action: 'addresses.devices_exported',
    subject: 'export:devices',
    after: { unitId: unitId ?? null, rows: rows.length, format },
  });
  const words = new Map(
    deviceSheet.fields
      .find((field) => field.key === 'type')!
      .choices!.map((choice) => [choice.value, choice.zh] as const),
  );
  const columns = deviceSheet.fields.map((field) => field.zh);
  const cells = rows.map((row) => {
    const values = cellsOf(row, words);
    return deviceSheet.fields.map((field) => values[field.key] ?? '');
  });
  return writeSheet({ name: deviceSheet.zh, columns, rows: cells }, format);
}

function cellsOf(row: DeviceRow, words: ReadonlyMap<string, string>): Record<string, string | null> {
  return {
    asset_no: row.asset_no,
    name: row.name,
    type: words.get(row.type) ?? row.type,
    unit_code: row.unit_code,
    ip: [row.ip, row.other_ips].filter(Boolean).join(' '),
    mac: [row.mac, row.other_macs].filter(Boolean).join(' '),
    owner_no: row.has_owner ? unchanged : '',
    room: row.room,
    switch: row.switch,
    port: row.port,
    realm: row.realm,
    note: row.note,
  };
}
