/**
 * `netflow` holds datagrams of NetFlow v5, v9 and IPFIX, `h3c-flow` those of H3C's Flow 3.0; `template` is read by a
 * pattern of the source's own; `auto` is a gateway that sends the lines of several programs.
 */
export const formats = [
  'squid',
  'dnsmasq',
  'isc-dhcpd',
  'kea',
  'kea-forensic',
  'windows-dhcp',
  'bind',
  'unbound',
  'radius',
  'conntrack',
  'mikrotik',
  'huawei-usg',
  'h3c',
  'juniper',
  'iptables',
  'suricata',
  'access',
  'arpwatch',
  'snmp',
  'netflow',
  'h3c-flow',
  'template',
  'auto',
] as const;
export type Format = (typeof formats)[number];
