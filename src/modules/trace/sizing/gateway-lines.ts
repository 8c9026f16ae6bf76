import type { NatSizing } from '../contract/sizing.ts';

type Figures = Pick<NatSizing, 'blockSize' | 'blocksPerDevice' | 'portsPerDevice'>;

/**
 * What to set at common gateways, in words: commands differ by model and version, so that the manual of the device has
 * the last word. Product terms are those of the makers' own manuals.
 */
export function gatewayLines({ blockSize, blocksPerDevice, portsPerDevice }: Figures): NatSizing['gateways'] {
  const extended = blocksPerDevice - 1;
  return [
    {
      name: { zh: '华为 USG、NetEngine', en: 'Huawei USG, NetEngine' },
      lines: [
        {
          zh: `NAT 地址池改用端口预分配：port-block-size ${blockSize} extended-times ${extended}，每用户最多 ${portsPerDevice} 个端口。`,
          en: `NAT pool with pre-allocated ports: port-block-size ${blockSize} extended-times ${extended}, at most ${portsPerDevice} ports a user.`,
        },
        {
          zh: '打开 nat port-block assigning 与 freeing 的 syslog，报文头时间选 utc，主机指向采集器；关闭会话日志；打开 NTP。',
          en: 'Turn on syslog of nat port-block assigning and freeing, header time utc, host: the collector; session logs off; NTP on.',
        },
      ],
    },
    {
      name: { zh: '新华三 H3C（Comware V7）', en: 'H3C (Comware V7)' },
      lines: [
        {
          zh: `在 NAT 地址组里设定动态端口块：port-block block-size ${blockSize} extended-block-number ${extended}，端口范围 1024–65535。`,
          en: `In the NAT address group: port-block block-size ${blockSize} extended-block-number ${extended}, port range 1024–65535.`,
        },
        {
          zh: '打开 nat log enable、nat log port-block-assign 和 nat log port-block-withdraw；关闭逐条的 nat log flow-begin、flow-end。',
          en: 'Turn on nat log enable, nat log port-block-assign and nat log port-block-withdraw; turn off nat log flow-begin and flow-end.',
        },
        {
          zh: '注意：这类设备的报文头是本地时间，字段里的开始时间是 UTC。在日志源里按字段设定时区。',
          en: 'Mind: the header of these devices is local time, the begin inside is UTC. Set the zone of each at the log source.',
        },
      ],
    },
    {
      name: { zh: 'Juniper SRX、MX', en: 'Juniper SRX, MX' },
      lines: [
        {
          zh: `源 NAT 池设 port block-allocation：block-size ${blockSize}，每主机最多 ${blocksPerDevice} 块；syslog 里保留 RT_SRC_NAT_PBA_ALLOC 与 RT_SRC_NAT_PBA_RELEASE。`,
          en: `Source pool: port block-allocation with block-size ${blockSize} and at most ${blocksPerDevice} blocks a host; keep RT_SRC_NAT_PBA_ALLOC and RT_SRC_NAT_PBA_RELEASE in syslog.`,
        },
        {
          zh: '或者用 deterministic 端口分配（RFC 7422），把规则登记到“确定性转换”里，就不需要日志。',
          en: 'Or port deterministic (RFC 7422): enter the rule in the register of worked-out translations; nothing is logged then.',
        },
      ],
    },
    {
      name: { zh: 'MikroTik RouterOS', en: 'MikroTik RouterOS' },
      lines: [
        {
          zh: `没有动态端口块。给每个内网地址一条固定的 src-nat 规则（to-addresses 加 to-ports，每个地址 ${portsPerDevice} 个端口），按 RFC 7422 登记。`,
          en: `No dynamic blocks. One fixed src-nat rule for each inside address (to-addresses and to-ports, ${portsPerDevice} ports each), entered as RFC 7422.`,
        },
        {
          zh: '不要只在 srcnat 链上记日志：那里没有转换后的端口，不能溯源。要记就在 forward 链上记带 NAT 括号的行。',
          en: 'Do not log in the srcnat chain alone: it lacks the translated port and proves nothing. Log in forward, where the line has NAT in brackets.',
        },
      ],
    },
    {
      name: { zh: 'Linux（nftables）', en: 'Linux (nftables)' },
      lines: [
        {
          zh: `用 snat 映射表给每个内网地址固定的公网地址和 ${portsPerDevice} 个端口，按 RFC 7422 登记；iptables 的 LOG 不含转换结果，不能溯源。`,
          en: `A snat map that gives each inside address one public address and ${portsPerDevice} ports, entered as RFC 7422. LOG of iptables tells no translation and proves nothing.`,
        },
        {
          zh: '规模小时可以逐会话记录：conntrack -E -o timestamp,extended 的输出送到采集器。',
          en: 'Small networks may log each session: send the output of conntrack -E -o timestamp,extended to the collector.',
        },
      ],
    },
    {
      name: { zh: '锐捷及其他', en: 'Ruijie and others' },
      lines: [
        {
          zh: `在手册里找“端口块”“端口预分配”或 PBA；块大小 ${blockSize}，每用户 ${blocksPerDevice} 块。先发一天样例行，在日志源页面核对能否读出。`,
          en: `Look for port block, pre-allocation or PBA in the manual; block ${blockSize}, ${blocksPerDevice} a user. Send one day of lines and see at the log source whether they are read.`,
        },
      ],
    },
  ];
}
