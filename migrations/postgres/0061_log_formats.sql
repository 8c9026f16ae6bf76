-- The formats that sources may have; see src/modules/logs/decoders/row.ts.
ALTER TABLE logs.source DROP CONSTRAINT source_format_check;
ALTER TABLE logs.source ADD CONSTRAINT source_format_check CHECK (format IN ('squid', 'dnsmasq', 'isc-dhcpd', 'kea',
  'kea-forensic', 'windows-dhcp', 'bind', 'unbound', 'radius', 'conntrack', 'mikrotik', 'huawei-usg', 'h3c', 'juniper',
  'iptables', 'suricata', 'access', 'arpwatch', 'netflow', 'h3c-flow', 'template', 'auto', 'unknown'));
