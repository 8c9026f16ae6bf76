/** What a finding of addresses, devices or drills means, and what to do about it. */
export const findingRemedy = {
  title: '怎么办',
  evidence: '证据',
  noEvidence: '没有单独的记录。',
  span: '{{began}} 至 {{last}}',
  source: '日志源 {{id}}',
  told: '{{kind}}（日志源 {{id}}）',
  record: '封存段 {{segment}} 第 {{record}} 条',
  retestLook:
    '改好后点“已整改，请复测”。系统每 15 分钟核对一次，只看整改以后网络里的情况：没有再出现就关闭，又出现就重新打开；这段时间什么也没看到，就继续等。',
  retestDrill:
    '改好后点“已整改，请复测”。系统每小时用整改以后的日志再抽查：查得到就关闭，还是查不到就重新打开；还没有新日志，就继续等。',
} as const;

export const findingRemedyEnums = {
  findingSteps: {
    'duplicate-address':
      '两台终端用了同一个 IP：会时断时续，出了事也分不清是谁。看看这两个 MAC 各是哪台，给其中一台改地址，或改成自动获取，再核对登记。',
    'stolen-address':
      '登记给一台设备的 IP 正被别的终端使用。换过网卡或换了机器的，在设备页改 MAC；没有换的，找到那台终端，改回它自己的地址。',
    'moved-device':
      '设备出现在登记以外的地方。确实搬了，在设备页改单位、房间或交换机端口；没有搬，查是谁在别处用了它的 MAC。',
    'outside-allocation':
      '有终端用了没有分配的 IP。确实要用，在“地址分配”里申请这一段；不该用，把终端改回本校地址段，并查有没有私接的路由器。',
    'unregistered-device':
      '网络里有一台没有登记的终端。是学校的，点“去认领”，一步就登记好；不是，请它断开；一时查不清，可以在那里忽略到某一天。',
    'random-mac':
      '手机和新电脑常用随机 MAC，过些天就换一个，登记不住，也证明不了是谁。请在这些终端的无线设置里关掉本校网络的“随机地址”或“私有地址”，或改用账号认证（802.1X）上网。',
    'unseen-device': '这台设备 90 天没有上网。还在用，开机联网一次；已经报废或封存，在设备页点“停用”。',
    drill_no_logs:
      '这段时间没有收到本校出口的转换日志，有人来函时查不到任何人。请把出口路由器或防火墙的日志发到本系统；网关按固定公式分端口的，请上级在“端口块规则”登记。',
    drill_no_session:
      '日志里有这些连接，按公网地址却查不到：日志不全，或设备的时间不对。先看本校日志的缺口和时钟。',
    drill_shared_nat:
      '同一个公网地址和端口同时对应几台设备。让网关的日志写上端口，或改用端口块分配，办法见“转换日志容量”。',
    drill_second_nat:
      '查到学校自己的路由器或代理服务器就断了：它后面的情况没有日志。请把它的日志发来；路由器也可以改成不再转换。',
    drill_unregistered: '查到了校内地址，却不知道是哪台设备。到“未登记终端”认领，补上房间和使用人。',
    drill_no_lease:
      '不知道那一刻是哪台设备在用这个地址。请把 DHCP 服务器的日志发来，或给设备固定地址并登记。',
    drill_random_mac: '设备用随机 MAC，单凭它证明不了是谁。请关掉随机地址，或改用账号认证（802.1X）上网。',
    drill_gap: '那段时间的日志有缺口。到“日志完整性”看缺在哪里，写明原因，查清采集为什么中断。',
    drill_clock: '出口或 DHCP 设备的时钟不准，时间对不上就可能查错。请在设备上打开 NTP 校时。',
    drill_other: '打开演练记录，看每个点不能证明的原因。',
  },
  findingGo: {
    devices: '看登记的设备',
    device: '打开这台设备',
    discovered: '去认领',
    random: '看这些终端',
    allocations: '看地址分配',
    sources: '看日志源',
    completeness: '看日志完整性',
    sizing: '看设置办法',
    drills: '看演练记录',
  },
} as const;
