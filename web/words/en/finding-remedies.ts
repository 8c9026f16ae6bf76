/** What a finding of addresses, devices or drills means, and what to do about it. */
export const findingRemedy = {
  title: 'What to do',
  evidence: 'Evidence',
  noEvidence: 'No record of its own.',
  span: '{{began}} to {{last}}',
  source: 'log source {{id}}',
  told: '{{kind}} (log source {{id}})',
  record: 'segment {{segment}}, record {{record}}',
  retestLook:
    'When it is mended, press “Fixed, please retest”. The network is compared every 15 minutes, by what was seen after that only: it closes when it is not seen again, opens again when it is, and waits while nothing is seen.',
  retestDrill:
    'When it is mended, press “Fixed, please retest”. Every hour points are drawn from the logs after that: it closes when they can be traced, opens again when not, and waits while there are no new logs.',
};

export const findingRemedyEnums = {
  findingSteps: {
    'duplicate-address':
      'Two machines use one IP address: both lose their connection now and then, and nobody can tell which it was. See which machines the two MAC addresses are, give one of them another address or let it ask for one, and check the register.',
    'stolen-address':
      'The IP address of a registered device is used by another machine. If the card or the machine was replaced, change the MAC address on the device’s page; if not, find that machine and give it its own address.',
    'moved-device':
      'The device was seen where it is not registered. If it moved, change unit, room or switch port on its page; if not, find out who uses its MAC address elsewhere.',
    'outside-allocation':
      'Machines use addresses that nobody was given. If they are needed, request the prefix under Allocations; if not, put the machines back into the school’s range and look for a router that somebody plugged in.',
    'unregistered-device':
      'A machine in the network is not registered. If it is the school’s, adopt it: one step registers it; if not, disconnect it; while that is unclear it can be ignored until some day.',
    'random-mac':
      'Phones and new computers use random MAC addresses and change them: they cannot be registered and prove nobody. Turn “random” or “private address” off for the school’s network, or sign users in (802.1X).',
    'unseen-device':
      'The device was not in the network for 90 days. If it is in use, turn it on once; if it was scrapped, retire it on its page.',
    drill_no_logs:
      'No translation log of the school’s exit came in that time: nobody could be found after a complaint. Send the logs of the exit router or firewall here; where the gateway gives ports by a fixed rule, have the bureau declare it.',
    drill_no_session:
      'The logs have these connections, but the public address does not lead to them: logs are missing or a clock is wrong. Look at the gaps and clocks of the school’s logs.',
    drill_shared_nat:
      'One public address and port meant several devices at once. Let the gateway log ports, or give ports in blocks; the calculator tells how.',
    drill_second_nat:
      'The way ends at the school’s own router or proxy, whose logs are not here. Send them; a router may also stop translating.',
    drill_unregistered:
      'The inside address was found but not the device. Adopt it from the unregistered machines, with room and person.',
    drill_no_lease:
      'Nothing tells which device had the address at that moment. Send the logs of the DHCP server, or fix addresses and register them.',
    drill_random_mac:
      'The device uses a random MAC address, which proves nobody. Turn that off, or sign users in (802.1X).',
    drill_gap:
      'The logs of that time have a gap. Look where, explain it, and find out why collecting stopped.',
    drill_clock:
      'The clock of the exit or DHCP server is wrong, which may point to the wrong device. Turn NTP on.',
    drill_other: 'Open the record of the drill for the reason of each point.',
  },
  findingGo: {
    devices: 'See registered devices',
    device: 'Open the device',
    discovered: 'Adopt it',
    random: 'See these machines',
    allocations: 'See allocations',
    sources: 'See log sources',
    completeness: 'See completeness',
    sizing: 'See how to set it up',
    drills: 'See the drills',
  },
};
