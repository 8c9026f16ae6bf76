/** One simulated city, whole: what happened, what was logged, what arrived. */
import { buildCity, type CityPlan } from './build-city.ts';
import { Chance } from './chance.ts';
import { type Delivered, deliver } from './deliver.ts';
import type { City } from './model.ts';
import { runGateways } from './run-gateways.ts';
import { runLeases } from './run-leases.ts';

export interface Simulation {
  readonly city: City;
  readonly records: readonly Delivered[];
}

/** The same plan gives the same city, line for line. `perHour`: sessions of a host. */
export function simulateCity(plan: CityPlan & { readonly perHour: number }): Simulation {
  const city = buildCity(plan);
  for (const school of city.schools) runLeases(city, school, new Chance(plan.seed, `leases ${school.code}`));
  runGateways(city, new Chance(plan.seed, 'traffic'), plan.perHour);
  return { city, records: deliver(city) };
}
