import { z } from 'zod';
import {
  idParams,
  importQuery,
  importReply,
  listOf,
  listQuery,
  route,
  type SheetSpec,
  sortBy,
} from '#base/contract';
import { allocationErrors, allocationPermissions } from './contract/allocation.ts';
import { bindingErrors } from './contract/bindings.ts';
import { device, deviceErrors, deviceType } from './contract/devices.ts';
import { exitErrors, exitPermissions } from './contract/exits.ts';
import { natErrors } from './contract/nat.ts';
import { pollerErrors, pollerPermissions } from './contract/pollers.ts';

export * from './contract/allocation.ts';
export * from './contract/bindings.ts';
export * from './contract/devices.ts';
export * from './contract/exits.ts';
export * from './contract/nat.ts';
export * from './contract/pollers.ts';

export const allocationRole = z.enum(['inside', 'exit']);

export const allocation = z.object({
  id: z.uuid(),
  cidr: z.string(),
  realm: z.string(),
  role: allocationRole,
  unitId: z.uuid(),
  unitName: z.string(),
  note: z.string().nullable(),
  devices: z.number().int(),
});

export const listAllocations = route({
  method: 'GET',
  path: '/api/allocations',
  summary: 'Address allocations in the caller’s scope.',
  access: 'addresses.read',
  query: listQuery.extend({ unitId: z.uuid().optional(), role: allocationRole.optional() }),
  reply: listOf(allocation),
});

export const listDevices = route({
  method: 'GET',
  path: '/api/devices',
  summary: 'Registered devices.',
  access: 'addresses.read',
  query: listQuery.extend({
    sort: sortBy('assetNo', 'ip', 'mac'),
    unitId: z.uuid().optional(),
    type: deviceType.optional(),
    /** `false`: those that nobody answers for. */
    owner: z.stringbool().optional(),
    retired: z.stringbool().optional(),
  }),
  reply: listOf(device),
});

export const getDevice = route({
  method: 'GET',
  path: '/api/devices/:id',
  summary: 'One device.',
  access: 'addresses.read',
  params: idParams,
  reply: device,
});

export const importAllocations = route({
  method: 'POST',
  path: '/api/import/allocations',
  summary: 'Imports address allocations from .xlsx or .csv.',
  access: 'addresses.write',
  query: importQuery,
  accepts: 'stream',
  reply: importReply,
});

export const importDevices = route({
  method: 'POST',
  path: '/api/import/devices',
  summary: 'Imports devices (IP, MAC, owner, room) from .xlsx or .csv.',
  access: 'addresses.write',
  query: importQuery,
  accepts: 'stream',
  reply: importReply,
});

export const allocationSheet: SheetSpec = {
  kind: 'allocations',
  zh: '地址分配',
  fields: [
    { key: 'cidr', zh: '地址段', en: 'Prefix', required: true, example: '10.1.0.0/22' },
    { key: 'unit_code', zh: '单位代码', en: 'Unit code', required: true, example: 'school-001' },
    {
      key: 'realm',
      zh: '路由域',
      en: 'Realm',
      required: false,
      example: 'main',
      note: '同一私网地址可在不同路由域重复；不填为 main',
    },
    {
      key: 'role',
      zh: '用途',
      en: 'Role',
      required: true,
      example: '内网',
      choices: [
        { value: 'inside', zh: '内网' },
        { value: 'exit', zh: '出口' },
      ],
    },
    { key: 'note', zh: '备注', en: 'Note', required: false, example: '' },
  ],
};

export const deviceSheet: SheetSpec = {
  kind: 'devices',
  zh: '设备',
  fields: [
    { key: 'asset_no', zh: '资产编号', en: 'Asset number', required: true, example: 'A-0001' },
    { key: 'name', zh: '设备名称', en: 'Name', required: true, example: '教师办公电脑' },
    {
      key: 'type',
      zh: '设备类别',
      en: 'Type',
      required: true,
      example: '计算机',
      choices: [
        { value: 'computer', zh: '计算机' },
        { value: 'server', zh: '服务器' },
        { value: 'switch', zh: '交换机' },
        { value: 'ap', zh: '无线接入点' },
        { value: 'printer', zh: '打印机' },
        { value: 'other', zh: '其他' },
      ],
    },
    { key: 'unit_code', zh: '单位代码', en: 'Unit code', required: true, example: 'school-001' },
    { key: 'ip', zh: 'IP地址', en: 'IP address', required: false, example: '10.1.0.10' },
    {
      key: 'mac',
      zh: 'MAC地址',
      en: 'MAC address',
      required: false,
      example: '00:00:5e:00:53:01',
      note: '有多个（有线、无线网卡）时用空格或分号隔开；IP地址同样',
    },
    {
      key: 'owner_no',
      zh: '使用人编号',
      en: 'Owner’s person number',
      required: false,
      example: 'P0001',
      note: '填“不变”则保持原来的使用人；不填为没有使用人',
    },
    { key: 'room', zh: '房间', en: 'Room', required: false, example: '教学楼301' },
    { key: 'switch', zh: '交换机', en: 'Switch', required: false, example: 'SW-3-1' },
    { key: 'port', zh: '端口', en: 'Port', required: false, example: 'Gi1/0/12' },
    { key: 'realm', zh: '路由域', en: 'Realm', required: false, example: 'main' },
    { key: 'note', zh: '备注', en: 'Note', required: false, example: '' },
    {
      key: 'since',
      zh: '起用时间',
      en: 'In use since',
      required: false,
      example: '2026-03-01',
      note: '本行各项从何时起如此，北京时间；不填：新设备为一直如此，变更为从导入时起。溯源要靠它证明当时的情况',
    },
  ],
};

export const permissions = {
  ...allocationPermissions,
  ...exitPermissions,
  ...pollerPermissions,
  'addresses.read': { zh: '查看地址与设备', en: 'Read addresses and devices' },
  'addresses.write': { zh: '登记地址与设备', en: 'Register addresses and devices' },
} as const;

export const errors = {
  ...allocationErrors,
  ...exitErrors,
  ...natErrors,
  ...bindingErrors,
  ...pollerErrors,
  ...deviceErrors,
  'addresses.bad_cidr': {
    status: 422,
    zh: '地址段 {value} 不对，应为网络地址/前缀长度，例如 10.1.0.0/22',
    en: '{value} is not a network prefix such as 10.1.0.0/22',
  },
  'addresses.overlap': { status: 409, zh: '与 {unit} 的 {cidr} 重叠', en: 'Overlaps {cidr} of {unit}' },
  'addresses.bad_ip': { status: 422, zh: 'IP地址 {value} 不对', en: '{value} is not an IP address' },
  'addresses.outside_allocation': {
    status: 422,
    zh: 'IP地址 {value} 不在该单位已分配的地址段内',
    en: '{value} lies outside the unit’s allocations',
  },
  'addresses.not_a_host': {
    status: 422,
    zh: '{value} 是 {cidr} 的网络地址或广播地址，不能给设备',
    en: '{value} is the network or broadcast address of {cidr}',
  },
  'addresses.duplicate_ip': {
    status: 409,
    zh: 'IP地址 {value} 已登记给设备 {asset}',
    en: '{value} is already registered to device {asset}',
  },
  'addresses.bad_mac': { status: 422, zh: 'MAC地址 {value} 不对', en: '{value} is not a MAC address' },
  'addresses.group_mac': {
    status: 422,
    zh: 'MAC地址 {value} 是组播或空地址，不属于一台设备',
    en: '{value} is a group or null address, not a device’s',
  },
  'addresses.duplicate_mac': {
    status: 409,
    zh: 'MAC地址 {value} 已登记给设备 {asset}',
    en: '{value} is already registered to device {asset}',
  },
  'addresses.bad_since': {
    status: 422,
    zh: '起用时间 {value} 不对，应为过去的日期，例如 2026-03-01',
    en: '{value} is not a past date such as 2026-03-01',
  },
} as const;
