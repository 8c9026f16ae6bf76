import type { Module } from '#base/app';
import { allocationRoutes } from './allocation-routes.ts';
import { bindingRoutes } from './binding-routes.ts';
import { exitTimer } from './check-exits.ts';
import { allocationSheet, deviceSheet, errors, natRuleSheet, permissions } from './contract.ts';
import { deviceCustody } from './device-custody.ts';
import { findDevices } from './find-devices.ts';
import { followMerge } from './follow-merge.ts';
import { lookJob, lookRegularly, lookWhenFixed } from './look-at-devices.ts';
import { bindJob, bindMissed, bindWhenIndexed } from './observe/bind-segments.ts';
import { rebuildJob } from './observe/rebuild-bindings.ts';
import { pollerRoutes } from './poller-routes.ts';
import { routes } from './routes.ts';
import { pollDue, pollJob } from './snmp/poll-device.ts';

export const addresses: Module = {
  name: 'addresses',
  things: {
    prefix: '地址段',
    realm: '路由域',
    'NAT rule': '端口块规则',
    poller: 'SNMP 采集',
    request: '地址段申请',
  },
  errors,
  permissions,
  routes: [...routes, ...allocationRoutes, ...bindingRoutes, ...pollerRoutes],
  jobs: [lookJob, bindJob, pollJob, rebuildJob],
  timers: [exitTimer, lookRegularly, bindMissed, pollDue],
  on: [lookWhenFixed, bindWhenIndexed, followMerge],
  finders: [findDevices],
  custody: [deviceCustody],
  sheets: [allocationSheet, deviceSheet, natRuleSheet],
};
