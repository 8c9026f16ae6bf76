/** What becomes of a proposed role. */
import { z } from 'zod';
import { event } from '#base/contract';

/** A role waits for a second person's decision. */
export const roleProposed = event(
  'auth.role_proposed',
  z.object({
    grantId: z.uuid(),
    accountName: z.string(),
    role: z.string(),
    proposedBy: z.string(),
    proposedByName: z.string(),
  }),
);

export const roleDecided = event('auth.role_decided', z.object({ grantId: z.uuid(), approved: z.boolean() }));
