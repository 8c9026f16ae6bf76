import { z } from 'zod';
import { listOf, listQuery, route, time } from '#base/contract';

const count = z.number().int();
const place = z.object({ segment: count, seq: count });

export const bindingKind = z.enum(['dhcp', 'radius', 'arp', 'nd', 'arpwatch', 'fdb']);

/** Who had an address from when to when, as one log source shows it. */
export const binding = z.object({
  id: count,
  realm: z.string(),
  /** Null: a forwarding table, which knows hardware addresses only. */
  ip: z.string().nullable(),
  mac: z.string(),
  macRandom: z.boolean(),
  sourceId: count,
  source: z.string(),
  kind: bindingKind,
  /** `authoritative`: a server gave the address; `observed`: it was seen. */
  level: z.enum(['authoritative', 'observed', 'inferred', 'declared']),
  began: time,
  /** When it was last seen. */
  lastProof: time,
  /** Until when it is claimed: the end of a lease. */
  until: time,
  ended: z.enum(['release', 'expire', 'decline', 'nak', 'stop', 'superseded', 'changed']).nullable(),
  /**
   * `held`: claimed now; `over`: a line says so; `unseen`: the source tells and has not seen it since; `gap`: the source
   * itself was not heard without a break since, so nothing is known.
   */
  state: z.enum(['held', 'over', 'unseen', 'gap']),
  hostname: z.string(),
  /** Access server, router or switch, and its port, as it names it. */
  nas: z.string(),
  port: z.string(),
  first: place,
  last: place.nullable(),
});

export const listBindings = route({
  method: 'GET',
  path: '/api/bindings',
  summary: 'Who was seen at an address, in a prefix, or where a hardware address was seen. Newest first.',
  access: 'addresses.read',
  query: listQuery.extend({
    realm: z.string().max(60).optional(),
    /** An address, or a prefix such as `10.1.0.0/24` or `2001:db8::/64`. */
    ip: z.string().max(49).optional(),
    mac: z.string().max(17).optional(),
    from: z.iso.datetime({ offset: true }).optional(),
    to: z.iso.datetime({ offset: true }).optional(),
  }),
  reply: listOf(binding),
});

const rebuild = z.object({
  id: z.uuid(),
  began: time,
  ended: time.nullable(),
  /** Addresses that were made anew, and intervals that came out otherwise than they were. */
  addresses: count,
  changed: count,
});

export const rebuildBindings = route({
  method: 'POST',
  path: '/api/bindings/rebuild',
  summary: 'Makes all bindings again from the log store. What was known before stays known as of then.',
  access: 'addresses.poll',
  body: z.object({}),
  reply: rebuild,
});

export const getRebuild = route({
  method: 'GET',
  path: '/api/bindings/rebuild',
  summary: 'The last rebuilding of the bindings; null when there was none.',
  access: 'addresses.poll',
  reply: z.object({ last: rebuild.nullable() }),
});

export const bindingErrors = {
  'addresses.bad_range': {
    status: 422,
    zh: '地址 {value} 不对，应为 IP 地址或网络地址/前缀长度，例如 10.1.0.9 或 10.1.0.0/24（字段 ip）',
    en: 'ip: {value} is neither an address nor a prefix such as 10.1.0.9 or 10.1.0.0/24',
  },
  'addresses.rebuild_running': {
    status: 409,
    zh: '地址占用记录正在重建，请等它完成',
    en: 'The bindings are being rebuilt; wait until that is done',
  },
} as const;
