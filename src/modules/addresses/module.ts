import type { Module } from '#base/app';
import { allocationSheet, deviceSheet, errors, permissions } from './contract.ts';
import { deviceCustody } from './device-custody.ts';
import { findDevices } from './find-devices.ts';
import { routes } from './routes.ts';

export const addresses: Module = {
  name: 'addresses',
  errors,
  permissions,
  routes,
  finders: [findDevices],
  custody: [deviceCustody],
  sheets: [allocationSheet, deviceSheet],
};
