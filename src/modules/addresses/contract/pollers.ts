import { z } from 'zod';
import { idParams, listOf, listQuery, route, time } from '#base/contract';

const count = z.number().int();

export const authProtocol = z.enum(['sha', 'sha256', 'sha512', 'md5']);
export const privProtocol = z.enum(['aes', 'aes256', 'des']);
const key = z.string().min(8).max(200);

/**
 * With what a device is asked; never given out again. Version 2c: a community. Version 3: a user with a key for
 * authentication, and one for privacy where the traffic is to be enciphered.
 */
export const pollerSecret = z
  .strictObject({
    version: z.enum(['2c', '3']),
    community: z.string().min(1).max(200).optional(),
    user: z.string().min(1).max(64).optional(),
    authProtocol: authProtocol.default('sha'),
    authKey: key.optional(),
    privProtocol: privProtocol.default('aes'),
    privKey: key.optional(),
  })
  .superRefine((secret, ctx) => {
    const needed = secret.version === '2c' ? (['community'] as const) : (['user', 'authKey'] as const);
    for (const name of needed) {
      if (secret[name] === undefined)
        ctx.addIssue({ code: 'custom', path: [name], message: '此版本需要填写 / needed for this version' });
    }
  });
export type PollerSecret = z.output<typeof pollerSecret>;

/** What one reading found; `uplinks`: ports that lead to other switches, whose entries say nothing of a place. */
export const pollFigures = z.object({
  arp: count,
  nd: count,
  fdb: count,
  uplinks: count,
  /** Tables that the device does not have. */
  missing: z.array(z.string()),
  milliseconds: count,
});
export type PollFigures = z.output<typeof pollFigures>;

const problem = z.object({ code: z.string(), zh: z.string(), en: z.string() });

export const poller = z.object({
  id: z.uuid(),
  name: z.string(),
  unitId: z.uuid(),
  unitName: z.string(),
  target: z.string(),
  port: count,
  realm: z.string(),
  version: z.enum(['2c', '3']),
  intervalSeconds: count,
  enabled: z.boolean(),
  /** The log source that its readings are lines of. */
  sourceId: count,
  nextAt: time,
  lastAt: time.nullable(),
  lastOk: time.nullable(),
  /** Why the last reading failed; null when it did not. */
  problem: problem.nullable(),
  figures: pollFigures.nullable(),
});
export type Poller = z.output<typeof poller>;

const fields = {
  name: z.string().trim().min(1).max(100),
  target: z.union([z.ipv4(), z.ipv6()], {
    error: '应为设备的 IP 地址，例如 10.1.0.1 / the IP address of the device, as 10.1.0.1',
  }),
  port: z.number().int().min(1).max(65535),
  realm: z.string().trim().min(1).max(60),
  intervalSeconds: z.number().int().min(60).max(3600),
};

export const newPoller = z.object({
  name: fields.name,
  /** Whose network the device serves. */
  unitCode: z.string().trim().min(1).max(60),
  target: fields.target,
  port: fields.port.default(161),
  realm: fields.realm.default('main'),
  intervalSeconds: fields.intervalSeconds.default(900),
  secret: pollerSecret,
});
export type NewPoller = z.output<typeof newPoller>;

/** What is not named stays. */
export const pollerChange = z
  .object({
    name: fields.name,
    target: fields.target,
    port: fields.port,
    intervalSeconds: fields.intervalSeconds,
    enabled: z.boolean(),
    secret: pollerSecret,
  })
  .partial();
export type PollerChange = z.output<typeof pollerChange>;

export const listPollers = route({
  method: 'GET',
  path: '/api/pollers',
  summary: 'Switches and routers that are asked by SNMP, and how the last reading went.',
  access: 'addresses.poll',
  query: listQuery,
  reply: listOf(poller),
});

export const createPoller = route({
  method: 'POST',
  path: '/api/pollers',
  summary: 'Registers a switch or router whose address and forwarding tables are read by SNMP.',
  access: 'addresses.poll',
  body: newPoller,
  reply: poller,
});

export const changePoller = route({
  method: 'PATCH',
  path: '/api/pollers/:id',
  summary: 'Changes a poller, or stops and starts it.',
  access: 'addresses.poll',
  params: idParams,
  body: pollerChange,
  reply: poller,
});

export const testPoller = route({
  method: 'POST',
  path: '/api/pollers/:id/test',
  summary: 'Reads the device now and tells what came; nothing of it is kept.',
  access: 'addresses.poll',
  params: idParams,
  body: z.object({}),
  reply: z.object({
    figures: pollFigures.nullable(),
    problem: problem.nullable(),
    /** The first lines as they would be kept. */
    sample: z.array(z.string()),
  }),
});

export const pollerPermissions = {
  'addresses.poll': {
    zh: '管理 SNMP 采集、重建地址占用记录',
    en: 'Manage SNMP polling and rebuild bindings',
  },
} as const;

export const pollerErrors = {
  'addresses.duplicate_poller': {
    status: 409,
    zh: '路由域 {realm} 里的 {target} 端口 {port} 已登记（字段 target）',
    en: 'target: {target} port {port} in realm {realm} is registered already',
  },
  'addresses.forbidden_target': {
    status: 422,
    zh: '不能采集 {target}：链路本地、组播与保留地址不是网络设备（字段 target）',
    en: 'target: {target} cannot be polled: link-local, multicast and reserved addresses are no network devices',
  },
  'addresses.poller_secret_lost': {
    status: 409,
    zh: '采集口令无法解封（数据目录的密钥已更换），请重新填写口令',
    en: 'The credentials cannot be unsealed (the key of the data directory is another one); enter them again',
  },
} as const;
