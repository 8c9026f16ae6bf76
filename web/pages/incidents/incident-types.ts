import type { getIncident } from '#incidents/contract';
import type { RouteReply } from '../../app/api.ts';

export type Detail = RouteReply<typeof getIncident>;
export type Duty = Detail['obligations'][number];
