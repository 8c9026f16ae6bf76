import { recordAudit } from '#audit';
import { type Ctx, systemActor } from '#base/app';
import type { ForwardedSegment } from '../contract/forward.ts';
import { formats } from '../decoders/row.ts';
import { isZone } from '../decoders/time.ts';
import { findSource } from '../store/catalogue.ts';
import { type ForwarderRow, findForwardedSource, insertForwardedSource } from '../store/forward-store.ts';
import { insertSource } from '../store/sources.ts';

type TheirSource = ForwardedSegment['source'];

/**
 * The source here that stands for one of a forwarder's, made at its first segment: `<forwarder>/<its name>` in the
 * forwarder's unit. A format that this version does not know is kept unread, as from an unregistered sender.
 */
export async function sourceHere(ctx: Ctx, forwarder: ForwarderRow, theirs: TheirSource): Promise<number> {
  const known = await findForwardedSource(ctx, forwarder.id, theirs.id, theirs.format);
  if (known !== undefined) return known;
  const format = (formats as readonly string[]).includes(theirs.format) ? theirs.format : 'unknown';
  const name = await freeName(ctx, forwarder, theirs, format === 'unknown');
  const id = await insertSource(ctx, {
    name,
    unit_path: forwarder.unit_path,
    format,
    realm: theirs.realm,
    zone: isZone(theirs.zone) ? theirs.zone : 'Asia/Shanghai',
    lease_seconds: theirs.leaseSeconds,
    host: theirs.host,
    fixed_year: theirs.fixedYear,
    tolerance_seconds: theirs.toleranceSeconds,
    senders: [],
    certificates: [],
    field_zones: {},
    expected_per_hour: null,
    retention: 'other',
    note: `转发自 forwarded by ${forwarder.name}`,
  });
  await insertForwardedSource(ctx, forwarder, { theirId: theirs.id, format: theirs.format, sourceId: id });
  await recordAudit(ctx, {
    action: 'logs.forward_source',
    subject: `log_source:${id}`,
    unitPath: forwarder.unit_path,
    after: { forwarder: forwarder.id, name, theirs },
  });
  return id;
}

async function freeName(ctx: Ctx, forwarder: ForwarderRow, theirs: TheirSource, isUnread: boolean) {
  const plain = `${forwarder.name}/${theirs.name.replace(/^unregistered:/, '')}`.slice(0, 90);
  const name = isUnread ? `unregistered:${plain}` : plain;
  // Names are unique across units, also those that the caller cannot see: the chain makes it sure.
  const holder = await ctx.app.run(systemActor('logs.forward'), (all) => findSource(all, { name }));
  const isTaken = holder !== undefined;
  return isTaken ? `${name} (${forwarder.chain.slice(-6)}-${theirs.id})` : name;
}
