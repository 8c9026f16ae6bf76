/** Which log sources should know about a place. Pure. */

const formats = {
  nat: ['conntrack', 'mikrotik', 'huawei-usg', 'h3c', 'h3c-flow', 'juniper', 'netflow', 'template', 'auto'],
  lease: ['dnsmasq', 'isc-dhcpd', 'kea', 'kea-forensic', 'windows-dhcp', 'radius', 'auto'],
} as const;

/**
 * Whether a source of that kind serves a place: of the same realm, and belonging to the place's unit, one above
 * it or one below it. An unknown place (null) concerns every source of the kind.
 */
export function isRelated(
  source: { format: string; realm: string; unitPath: string },
  kind: keyof typeof formats,
  place: { realm: string; unitPath: string } | null,
): boolean {
  if (!(formats[kind] as readonly string[]).includes(source.format)) return false;
  if (!place) return true;
  const [one, other] = [`${source.unitPath}.`, `${place.unitPath}.`];
  return source.realm === place.realm && (one.startsWith(other) || other.startsWith(one));
}
