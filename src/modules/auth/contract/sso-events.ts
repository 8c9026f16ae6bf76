/** What waits for the security administrator in single sign-on, and that it was decided. */
import { z } from 'zod';
import { event } from '#base/contract';

/** `settings`: a connector's proposal; `binding`: an identity with an account that may be approved. */
const what = z.enum(['settings', 'binding']);

export const ssoAsked = event(
  'auth.sso_asked',
  z.object({
    what,
    /** The version's or the binding's id. */
    id: z.uuid(),
    /** The method's or the person's name. */
    name: z.string(),
    /** Account id of whoever asks, if it has one: another person decides. */
    askedBy: z.string().nullable(),
  }),
);

export const ssoDecided = event('auth.sso_decided', z.object({ what, id: z.uuid() }));
