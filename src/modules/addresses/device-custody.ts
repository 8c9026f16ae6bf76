import { recordAudit } from '#audit';
import type { Custody } from '#base/app';
import { openRegister } from './store/allocations.ts';
import { findDevicesOf, findHoldersOn, replaceHolder } from './store/custody.ts';
import { changeFacts } from './store/facts.ts';

/** Devices hang on the person who answers for them; a new holder is a new fact from now on. */
export const deviceCustody: Custody = {
  kind: 'device',
  permission: 'addresses.read',
  heldBy: async (ctx, personId, limit) => {
    const rows = await findDevicesOf(ctx, personId, limit);
    return {
      total: rows[0]?.n ?? 0,
      items: rows.map(({ n: _, ...row }) => ({
        ...row,
        link: `/devices/${row.id}`,
      })),
    };
  },
  named: (ctx, deviceId, { day, knownAt }) => findHoldersOn(ctx, deviceId, day, knownAt),
  handOver: async (ctx, transfer) => {
    if ((await findDevicesOf(ctx, transfer.from, 1)).length === 0) return 0;
    const now = await openRegister(ctx);
    const devices = await replaceHolder(ctx, transfer);
    await changeFacts(
      ctx,
      'custody',
      devices.map(({ id, unitPath, room }) => ({
        deviceId: id,
        unitPath,
        from: now,
        values: [{ person_id: transfer.to, room }],
      })),
      now,
    );
    for (const unitPath of new Set(devices.map((device) => device.unitPath))) {
      await recordAudit(ctx, {
        action: 'addresses.hand_over',
        subject: `person:${transfer.from}`,
        unitPath,
        before: { personId: transfer.from },
        after: {
          personId: transfer.to,
          devices: devices.filter((device) => device.unitPath === unitPath).map(({ id }) => id),
        },
      });
    }
    return devices.length;
  },
};
