import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { blockOf, type PortBlock } from '../port-blocks.ts';
import type { NatRule } from './nat-rules.ts';

/** An inside address with the ports that a declared rule gives it, and when it was in use. */
export interface RuledHost {
  readonly realm: string;
  readonly insideIp: string;
  readonly block: PortBlock;
  readonly at: Date;
}

/** Of one rule; a county's has thousands, of which a drill asks for a few a school. */
const mostHosts = 2_000;

type Rule = Pick<
  NatRule,
  'realm' | 'inside' | 'outside' | 'portFrom' | 'portTo' | 'blockSize' | 'algorithm'
> & { readonly since: Date; readonly until: Date };

/**
 * Some addresses at random of every declared rule (RFC 7422) that held within a period, each at a moment at which it was in
 * use: as the logs showed it, or else while a device was registered with it.
 */
export async function findRuledHosts(
  ctx: Ctx,
  { from, to }: { readonly from: Date; readonly to: Date },
): Promise<RuledHost[]> {
  const { rows: rules } =
    await sql<Rule>`SELECT r.realm, r.inside::text AS inside, r.outside::text AS outside,
      r.port_from AS "portFrom", r.port_to AS "portTo", r.block_size AS "blockSize", r.algorithm,
      greatest(lower(r.valid), ${from}::timestamptz) AS since, least(upper(r.valid), ${to}::timestamptz) AS until
    FROM addresses.nat_rule r
    WHERE upper_inf(r.recorded) AND r.valid && tstzrange(${from}::timestamptz, ${to}::timestamptz)
    ORDER BY r.id`.execute(ctx.db);
  const found: RuledHost[] = [];
  for (const rule of rules) {
    for (const { ip, at } of await hostsOf(ctx, rule)) {
      const block = blockOf(rule, ip);
      if (block) found.push({ realm: rule.realm, insideIp: ip, block, at });
    }
  }
  return found;
}

async function hostsOf(ctx: Ctx, rule: Rule): Promise<{ ip: string; at: Date }[]> {
  const [since, until] = [sql`${rule.since}::timestamptz`, sql`${rule.until}::timestamptz`];
  const { rows } = await sql<{ ip: string; at: Date }>`WITH used AS (
      SELECT b.ip, greatest(b.began, ${since}) AS since, least(b.last_proof, ${until}) AS until, 1 AS rank
      FROM addresses.binding b WHERE upper_inf(b.recorded) AND b.realm = ${rule.realm} AND b.ip <<= ${rule.inside}::inet
        AND b.kind <> 'fdb' AND b.began < ${until} AND b.last_proof > ${since}
      UNION ALL
      SELECT d.ip, greatest(lower(d.valid), ${since}), least(upper(d.valid), ${until}), 2
      FROM addresses.device_ip d WHERE upper_inf(d.recorded) AND d.realm = ${rule.realm} AND d.ip <<= ${rule.inside}::inet
        AND d.valid && tstzrange(${since}, ${until})),
    one AS (SELECT DISTINCT ON (ip) ip, since + random() * (until - since) AS at FROM used ORDER BY ip, rank, random())
    SELECT host(ip) AS ip, at FROM one ORDER BY random() LIMIT ${mostHosts}`.execute(ctx.db);
  return rows;
}
