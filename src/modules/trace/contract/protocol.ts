/** What a trace may be asked about; the last three have no ports. */
import { z } from 'zod';

export const protocol = z.enum(['tcp', 'udp', 'icmp', 'gre', 'esp']);
export type Protocol = z.infer<typeof protocol>;
