/** How much NAT logging costs, and which port blocks cost less. */
import { z } from 'zod';
import { route } from '#base/contract';

const count = z.coerce.number().int();

export const natSizingQuery = z.object({
  /** Devices behind the gateway. */
  devices: count.min(1).max(10_000_000).default(100_000),
  /** New sessions of all devices in a second, over the whole day; 0: two for each device, as measured. */
  sessionsPerSecond: z.coerce.number().min(0).max(100_000_000).default(0),
  /** Days that the logs are kept: six months at least (网络安全法), a year for websites that serve the public. */
  days: count.min(183).max(3650).default(183),
  /** Sessions that one device has open at its busiest. */
  portsAtOnce: count.min(16).max(32_768).default(250),
  /** Of a hundred devices so many are on line at the busiest time; decides the public addresses of dynamic blocks only. */
  onlinePercent: count.min(1).max(100).default(60),
});

const volume = z.object({
  rowsPerDay: z.number(),
  bytesPerDay: z.number(),
  rows: z.number(),
  /** Searchable rows, and the sealed raw lines, of all days together. */
  indexBytes: z.number(),
  rawBytes: z.number(),
});
const words = z.object({ zh: z.string(), en: z.string() });

export const natSizing = z.object({
  asked: natSizingQuery,
  perSession: volume,
  perBlock: volume,
  /** How many times less the blocks take. */
  ratio: z.number(),
  blockSize: z.number().int(),
  /** Blocks that one device may have, and so its ports. */
  blocksPerDevice: z.number().int(),
  portsPerDevice: z.number().int(),
  devicesPerAddress: z.number().int(),
  /** Public addresses for dynamic blocks (of devices on line), and for blocks worked out (of all devices). */
  publicAddresses: z.number().int(),
  publicAddressesDeterministic: z.number().int(),
  advice: z.enum(['blocks', 'either']),
  why: z.array(words),
  gateways: z.array(z.object({ name: words, lines: z.array(words) })),
});
export type NatSizing = z.infer<typeof natSizing>;

export const getNatSizing = route({
  method: 'GET',
  path: '/api/tools/nat-sizing',
  summary: 'Rows, disk, block size and public addresses for NAT logs: each session against port blocks.',
  access: 'signed-in',
  query: natSizingQuery,
  reply: natSizing,
});
