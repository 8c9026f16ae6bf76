/** The register of devices by hand, what of them was seen, and what was seen of none of them. */
import { z } from 'zod';
import { idParams, listOf, listQuery, route, time } from '#base/contract';

export const deviceType = z.enum(['computer', 'server', 'switch', 'ap', 'printer', 'other']);

export const device = z.object({
  id: z.uuid(),
  assetNo: z.string(),
  name: z.string(),
  type: deviceType,
  unitId: z.uuid(),
  unitCode: z.string(),
  unitName: z.string(),
  realm: z.string(),
  /** The first of its addresses; all of them are in `ips` and `macs`. */
  ip: z.string().nullable(),
  mac: z.string().nullable(),
  ips: z.array(z.string()),
  macs: z.array(z.string()),
  /** Bit 0x02 of the first octet: the address may be random and proves little (RFC 7042 §2.1). */
  macRandom: z.boolean(),
  room: z.string().nullable(),
  switch: z.string().nullable(),
  port: z.string().nullable(),
  /** Whether somebody answers for it. The name itself is not shown here. */
  hasOwner: z.boolean(),
  note: z.string().nullable(),
  retiredAt: time.nullable(),
  retiredReason: z.string().nullable(),
  /** Counts its changes: a change names the one that it was made upon. */
  revision: z.number().int(),
});
export type Device = z.infer<typeof device>;

const text = (limit: number) => z.string().trim().max(limit);
const deviceFields = {
  assetNo: text(60).min(1),
  name: text(100).min(1),
  type: deviceType,
  unitCode: text(60).min(1),
  ips: z.array(text(60)).max(64).default([]),
  macs: z.array(text(60)).max(64).default([]),
  personNo: text(60).optional(),
  room: text(60).optional(),
  switch: text(60).optional(),
  port: text(60).optional(),
  realm: text(60).optional(),
  note: text(500).optional(),
  /** From when on all this holds; absent: since ever for a new device, from now on for a change. */
  since: z.iso.datetime({ offset: true }).optional(),
};

export const createDevice = route({
  method: 'POST',
  path: '/api/devices',
  summary: 'Registers one device.',
  access: 'addresses.write',
  body: z.object(deviceFields),
  reply: device,
});

export const changeDevice = route({
  method: 'PUT',
  path: '/api/devices/:id',
  summary:
    'States all that holds of a device from a time on; what differs becomes history, nothing is overwritten.',
  access: 'addresses.write',
  params: idParams,
  body: z.object({
    ...deviceFields,
    revision: z.number().int(),
    /** Nobody answers for it any more. Without it and without `personNo` its custodian stays. */
    noHolder: z.boolean().optional(),
  }),
  reply: device,
});

export const retireDevice = route({
  method: 'POST',
  path: '/api/devices/:id/retirement',
  summary: 'Takes a device out of use: its addresses and its custody end, its history stays.',
  access: 'addresses.write',
  params: idParams,
  body: z.object({
    reason: text(200).min(2),
    since: z.iso.datetime({ offset: true }).optional(),
  }),
  reply: device,
});

export const exportDevices = route({
  method: 'GET',
  path: '/api/export/devices',
  summary:
    'The register in use as the import sheet has it: changed rows can be imported again. Custodians are not named.',
  access: 'addresses.read',
  query: z.object({ unitId: z.uuid().optional(), format: z.enum(['xlsx', 'csv']).default('xlsx') }),
  produces: 'file',
});

export const deviceFactKind = z.enum(['state', 'ip', 'mac', 'custody', 'port']);

export const deviceHistory = route({
  method: 'GET',
  path: '/api/devices/:id/history',
  summary:
    'What held of a device and when, and from when to when the register said so; newest knowledge first.',
  access: 'addresses.read',
  params: idParams,
  query: listQuery,
  reply: listOf(
    z.object({
      id: z.uuid(),
      kind: deviceFactKind,
      text: z.string(),
      /** Custodians are numbered; who they are, their own school may see. */
      holder: z.number().int().nullable(),
      unitName: z.string().nullable(),
      validFrom: time.nullable(),
      validTo: time.nullable(),
      recordedFrom: time,
      /** Null: the register says so today. */
      recordedTo: time.nullable(),
    }),
  ),
});

export const deviceHolders = route({
  method: 'POST',
  path: '/api/devices/:id/holders',
  summary:
    'The names of a device’s custodians, minors excepted: for its own unit only, with a reason, written into the audit log.',
  access: 'addresses.write',
  params: idParams,
  body: z.object({ reason: text(200).min(4) }),
  reply: z.object({
    items: z.array(
      z.object({
        holder: z.number().int(),
        /** Null: a minor’s, which a trace asks for with a legal ground and a second person approves. */
        name: z.string().nullable(),
        minor: z.boolean(),
      }),
    ),
  }),
});

export const deviceSightings = route({
  method: 'GET',
  path: '/api/devices/:id/sightings',
  summary: 'Where its hardware addresses were seen, and what had its addresses; newest first.',
  access: 'addresses.read',
  params: idParams,
  query: listQuery,
  reply: listOf(
    z.object({
      id: z.string(),
      ip: z.string().nullable(),
      mac: z.string(),
      /** False: an address of this device, but another’s hardware address. */
      own: z.boolean(),
      kind: z.string(),
      hostname: z.string(),
      place: z.string(),
      began: time,
      lastProof: time,
      until: time,
    }),
  ),
});

const found = z.object({
  id: z.uuid(),
  unitId: z.uuid(),
  unitCode: z.string(),
  unitName: z.string(),
  realm: z.string(),
  mac: z.string(),
  random: z.boolean(),
  ip: z.string().nullable(),
  /** Its address was given by DHCP or RADIUS and may be another tomorrow. */
  dynamic: z.boolean(),
  hostname: z.string().nullable(),
  switch: z.string().nullable(),
  port: z.string().nullable(),
  firstSeen: time,
  lastSeen: time,
  evidence: z.string(),
  ignoredUntil: time.nullable(),
  ignoredReason: z.string().nullable(),
});
export type Discovered = z.infer<typeof found>;

export const listDiscovered = route({
  method: 'GET',
  path: '/api/discovered-devices',
  summary:
    'Hardware addresses that were seen in the network and belong to no registered device, newest first.',
  access: 'addresses.read',
  query: listQuery.extend({
    unitId: z.uuid().optional(),
    random: z.stringbool().optional(),
    ignored: z.stringbool().optional(),
  }),
  reply: listOf(found),
});

export const adoptDiscovered = route({
  method: 'POST',
  path: '/api/discovered-devices/:id/adoption',
  summary: 'Registers what was seen as a device; what is not given is taken from what was seen.',
  access: 'addresses.write',
  params: idParams,
  body: z.object({
    assetNo: text(60).min(1).optional(),
    name: text(100).min(1).optional(),
    type: deviceType.optional(),
    unitCode: text(60).min(1).optional(),
    personNo: text(60).optional(),
    room: text(60).optional(),
    /** A random address is registered only when somebody says that it is a fixed one of this device. */
    fixedMac: z.boolean().optional(),
  }),
  reply: device,
});

export const ignoreDiscovered = route({
  method: 'POST',
  path: '/api/discovered-devices/:id/ignoring',
  summary: 'Leaves it out of the list and of the findings until a day, for a reason.',
  access: 'addresses.write',
  params: idParams,
  body: z.object({ reason: text(200).min(2), until: z.iso.date() }),
  reply: found,
});

export const lookAgain = route({
  method: 'POST',
  path: '/api/discovered-devices/look',
  summary: 'Compares the register with what was seen now, instead of within a quarter of an hour.',
  access: 'addresses.write',
  reply: z.object({ asked: z.literal(true) }),
  limit: { calls: 6, minutes: 1, of: 'actor' },
});

export const deviceErrors = {
  'addresses.duplicate_asset': {
    status: 409,
    zh: '{unit} 已有资产编号 {value}，请换一个编号',
    en: '{unit} has asset number {value} already; use another',
  },
  'addresses.changed_meanwhile': {
    status: 409,
    zh: '这台设备刚被别人改过（第 {now} 版），请刷新后再改；您填的内容没有保存',
    en: 'Somebody else has just changed this device (revision {now}); reload and change it again. Nothing was saved',
  },
  'addresses.already_retired': {
    status: 409,
    zh: '这台设备已于 {at} 停用',
    en: 'This device was retired at {at}',
  },
  'addresses.not_own_unit': {
    status: 403,
    zh: '使用人姓名只对设备所在单位开放；其他单位请用溯源申请查看',
    en: 'Only the device’s own unit sees who answers for it; others ask through a trace',
  },
  'addresses.random_mac': {
    status: 422,
    zh: '{value} 是随机MAC，随时会变，不能直接登记；请在终端上关闭随机MAC，或确认它固定不变',
    en: '{value} is a random address that may change any time; turn that off on the device, or confirm that it is fixed',
  },
  'addresses.registered_meanwhile': {
    status: 409,
    zh: '{value} 已登记给设备，不再是未登记终端',
    en: '{value} belongs to a registered device by now',
  },
  'addresses.bad_ignore': {
    status: 422,
    zh: '忽略期限须在今天之后、一年之内',
    en: 'Ignoring ends after today and within a year',
  },
} as const;
