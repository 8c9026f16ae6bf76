/** Deterministic NAT (RFC 7422): what a gateway does by arithmetic, and logs nothing of. */
import { z } from 'zod';
import {
  idParams,
  importQuery,
  importReply,
  listOf,
  listQuery,
  route,
  type SheetSpec,
  time,
} from '#base/contract';

const cidrText = z.string().trim().min(3).max(50);
const noteText = z.string().trim().max(500);
export const natAlgorithm = z.enum(['sequential', 'spread', 'staggered']);
export const natRule = z.object({
  id: z.uuid(),
  realm: z.string(),
  unitId: z.uuid(),
  unitName: z.string(),
  inside: z.string(),
  outside: z.string(),
  portFrom: z.number().int(),
  portTo: z.number().int(),
  blockSize: z.number().int(),
  algorithm: natAlgorithm,
  sourceId: z.number().int().nullable(),
  note: z.string().nullable(),
  validFrom: time.nullable(),
  validTo: time.nullable(),
  /** Inside addresses that are left without ports: they cannot get out. */
  withoutPorts: z.number().int(),
});

export const listNatRules = route({
  method: 'GET',
  path: '/api/nat-rules',
  summary: 'Declarations of deterministic NAT (RFC 7422), those that hold first.',
  access: 'addresses.read',
  query: listQuery,
  reply: listOf(natRule),
});

const port = z.int().min(0).max(65535);
export const createNatRule = route({
  method: 'POST',
  path: '/api/nat-rules',
  summary: 'Declares that a gateway gives inside addresses fixed blocks of ports.',
  access: 'addresses.allocate',
  body: z.object({
    unitId: z.uuid(),
    realm: z.string().trim().min(1).max(60).default('main'),
    inside: cidrText,
    outside: cidrText,
    portFrom: port.default(1024),
    portTo: port.default(65535),
    blockSize: z.int().min(1).max(65536),
    algorithm: natAlgorithm.default('sequential'),
    sourceId: z.int().nullable().default(null),
    /** Since when the gateway does so; without it since ever. */
    from: time.nullable().default(null),
    note: noteText.default(''),
  }),
  reply: z.object({ id: z.uuid(), withoutPorts: z.number().int() }),
});

export const endNatRule = route({
  method: 'POST',
  path: '/api/nat-rules/:id/end',
  summary: 'States until when a declaration held; it stays known for the time before.',
  access: 'addresses.allocate',
  params: idParams,
  body: z.object({ at: time.optional(), reason: z.string().trim().min(2).max(500) }),
});

export const readNatPort = route({
  method: 'GET',
  path: '/api/nat-ports',
  summary: 'Whose a port of an outside address was by the declarations: computed, no log is needed.',
  access: 'addresses.read',
  query: z.object({
    ip: z.string().max(45).default('192.0.2.1'),
    port: z.coerce.number().int().min(0).max(65535).default(1024),
    at: time.optional(),
  }),
  reply: z.object({ items: z.array(z.object({ rule: z.uuid(), inside: z.string(), realm: z.string() })) }),
});

export const importNatRules = route({
  method: 'POST',
  path: '/api/import/nat-rules',
  summary: 'Imports declarations of deterministic NAT from .xlsx or .csv.',
  access: 'addresses.allocate',
  query: importQuery,
  accepts: 'stream',
  reply: importReply,
});

export const natRuleSheet: SheetSpec = {
  kind: 'nat-rules',
  zh: '端口块规则',
  fields: [
    { key: 'inside', zh: '内部地址段', en: 'Inside prefix', required: true, example: '10.9.0.0/24' },
    { key: 'outside', zh: '外部地址段', en: 'Outside prefix', required: true, example: '198.51.100.0/28' },
    { key: 'port_from', zh: '起始端口', en: 'First port', required: true, example: '1024' },
    { key: 'port_to', zh: '结束端口', en: 'Last port', required: true, example: '65535' },
    { key: 'block_size', zh: '每块端口数', en: 'Ports of a block', required: true, example: '4032' },
    {
      key: 'algorithm',
      zh: '排列方式',
      en: 'Algorithm',
      required: true,
      example: '逐个外部地址',
      choices: [
        { value: 'sequential', zh: '逐个外部地址' },
        { value: 'spread', zh: '轮流外部地址' },
        { value: 'staggered', zh: '间隔取端口' },
      ],
    },
    { key: 'unit_code', zh: '单位代码', en: 'Unit code', required: true, example: 'city' },
    { key: 'realm', zh: '路由域', en: 'Realm', required: false, example: 'main' },
    { key: 'since', zh: '起用时间', en: 'In use since', required: false, example: '2026-03-01' },
    { key: 'note', zh: '备注', en: 'Note', required: false, example: '' },
  ],
};

export const natErrors = {
  'addresses.bad_ports': {
    status: 422,
    zh: '端口 {from}–{to} 与每块 {size} 个端口不相容',
    en: 'Ports {from}–{to} do not fit blocks of {size}',
  },
  'addresses.bad_nat_size': {
    status: 422,
    zh: '内部地址段须为 IPv4 /8 至 /32，外部须为 IPv4 /16 至 /32',
    en: 'The inside prefix must be IPv4 /8 to /32, the outside one IPv4 /16 to /32',
  },
  'addresses.nat_overlap': {
    status: 409,
    zh: '{outside} 的这些端口在同一时间已有另一条规则',
    en: 'Another declaration covers these ports of {outside} at that time',
  },
} as const;
