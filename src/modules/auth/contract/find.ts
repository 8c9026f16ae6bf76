/** One search over everything that the caller may see. */
import { z } from 'zod';
import { route } from '#base/contract';

export const found = z.object({
  id: z.string(),
  title: z.string(),
  detail: z.string(),
  link: z.string(),
});

export const findAnything = route({
  method: 'GET',
  path: '/api/find',
  summary: 'Units, people, sites, devices, findings and incidents by name, number, address or pinyin.',
  access: 'signed-in',
  query: z.object({
    q: z.string().trim().min(1).max(100),
    limit: z.coerce.number().int().min(1).max(20).default(5),
  }),
  reply: z.object({ groups: z.array(z.object({ kind: z.string(), items: z.array(found) })) }),
});
