export { parseIp } from './parse-ip.ts';
export { insideOf, insidesOf } from './port-blocks.ts';
export { registerTime } from './store/allocations.ts';
export { type BindingAnswer, type BindingQuestion, findBindings } from './store/find-bindings.ts';
export {
  type AllocationHit,
  type CustodyAnswer,
  type DeviceAnswer,
  type DeviceQuestion,
  findAllocationsAt,
  findAllocationsOf,
  findCustodiesAt,
  findDevicesAt,
} from './store/find-device.ts';
export { findNatRulesOf } from './store/nat-rules.ts';
export { findRuledHosts } from './store/ruled-hosts.ts';
export { lookEverywhere } from './store/whole-view.ts';
