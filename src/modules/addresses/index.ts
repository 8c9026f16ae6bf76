export { parseIp } from './parse-ip.ts';
export { isRandomMac } from './parse-mac.ts';
export { registerTime } from './store/allocations.ts';
export {
  type AllocationHit,
  type CustodyAnswer,
  type DeviceAnswer,
  type DeviceQuestion,
  findAllocationsOf,
  findCustodiesAt,
  findDevicesAt,
} from './store/find-device.ts';
export { lookEverywhere } from './store/whole-view.ts';
