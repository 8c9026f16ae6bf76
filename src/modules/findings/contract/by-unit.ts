/** Findings counted by school: what is to be mended where. */
import { z } from 'zod';
import { listOf, listQuery, route, sortBy, time } from '#base/contract';

export const unitFindings = z.object({
  unitId: z.uuid(),
  unitName: z.string(),
  /** The bureau above it; null for the city itself. */
  bureauName: z.string().nullable(),
  /** To be mended: open, or reported as fixed and not looked at again. */
  standing: z.number().int(),
  /** Open ones by severity; with `fixed` they make `standing`. */
  critical: z.number().int(),
  high: z.number().int(),
  medium: z.number().int(),
  low: z.number().int(),
  info: z.number().int(),
  /** Reported as fixed: the machine has to look again. */
  fixed: z.number().int(),
  /** Past the day that an order set. */
  overdue: z.number().int(),
  /** Day on which the oldest of them was found. */
  oldestAt: time,
});

/** Days since a finding was found: for filters. */
export const olderThanDays = z.coerce.number().int().min(1).max(3650);

export const countByUnit = route({
  method: 'GET',
  path: '/api/findings-by-unit',
  summary: 'Findings that are to be mended, counted by school, the worst first.',
  access: 'findings.read',
  query: listQuery.extend({
    sort: sortBy('standing', 'overdue', 'oldestAt'),
    /** A bureau or school with everything below it. */
    under: z.uuid().optional(),
    kind: z.string().max(60).optional(),
    rule: z.string().max(100).optional(),
    olderThanDays: olderThanDays.optional(),
    overdue: z.enum(['true', 'false']).optional(),
  }),
  reply: listOf(unitFindings),
});
