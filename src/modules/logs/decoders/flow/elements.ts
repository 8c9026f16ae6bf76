/**
 * The information elements that are read of NetFlow v9 (RFC 3954 §8) and IPFIX (IANA registry "IPFIX Entities"), each
 * with the place where a record's reader finds it. What is not listed is skipped by its length.
 */

/** Places of elements, in the order in which `slotOf` numbers them. */
export const slots = {
  octets: 0,
  packets: 1,
  proto: 2,
  tcpFlags: 3,
  srcPort: 4,
  src4: 5,
  dstPort: 6,
  dst4: 7,
  endUptime: 8,
  startUptime: 9,
  src6: 10,
  dst6: 11,
  icmp: 12,
  samplingInterval: 13,
  endReason: 14,
  startSeconds: 15,
  endSeconds: 16,
  startMs: 17,
  endMs: 18,
  startMicro: 19,
  endMicro: 20,
  startNano: 21,
  endNano: 22,
  bootMs: 23,
  postSrc4: 24,
  postDst4: 25,
  postSrcPort: 26,
  postDstPort: 27,
  natRealm: 28,
  natEvent: 29,
  initiatorOctets: 30,
  responderOctets: 31,
  firewallEvent: 32,
  vrf: 33,
  postSrc6: 34,
  postDst6: 35,
  seenSeconds: 36,
  seenMs: 37,
  seenMicro: 38,
  seenNano: 39,
  rangeStart: 40,
  rangeEnd: 41,
  rangeStep: 42,
  rangePorts: 43,
  reverseOctets: 44,
  reversePackets: 45,
  initiatorPackets: 46,
  responderPackets: 47,
  startDelta: 48,
  endDelta: 49,
  egressVrf: 50,
} as const;
export type Slot = (typeof slots)[keyof typeof slots];
export const slotCount = 51;

const byElement = new Map<number, Slot>([
  [1, slots.octets],
  [85, slots.octets],
  [2, slots.packets],
  [86, slots.packets],
  [4, slots.proto],
  [6, slots.tcpFlags],
  [7, slots.srcPort],
  [8, slots.src4],
  [11, slots.dstPort],
  [12, slots.dst4],
  [21, slots.endUptime],
  [22, slots.startUptime],
  [27, slots.src6],
  [28, slots.dst6],
  [32, slots.icmp],
  [139, slots.icmp],
  [34, slots.samplingInterval],
  [50, slots.samplingInterval],
  [305, slots.samplingInterval],
  [136, slots.endReason],
  [150, slots.startSeconds],
  [151, slots.endSeconds],
  [152, slots.startMs],
  [153, slots.endMs],
  [154, slots.startMicro],
  [155, slots.endMicro],
  [156, slots.startNano],
  [157, slots.endNano],
  [158, slots.startDelta],
  [159, slots.endDelta],
  [160, slots.bootMs],
  [225, slots.postSrc4],
  [226, slots.postDst4],
  [227, slots.postSrcPort],
  [228, slots.postDstPort],
  [229, slots.natRealm],
  [230, slots.natEvent],
  [231, slots.initiatorOctets],
  [232, slots.responderOctets],
  [233, slots.firewallEvent],
  [234, slots.vrf],
  [235, slots.egressVrf],
  [281, slots.postSrc6],
  [282, slots.postDst6],
  [298, slots.initiatorPackets],
  [299, slots.responderPackets],
  [322, slots.seenSeconds],
  [323, slots.seenMs],
  [324, slots.seenMicro],
  [325, slots.seenNano],
  [361, slots.rangeStart],
  [362, slots.rangeEnd],
  [363, slots.rangeStep],
  [364, slots.rangePorts],
]);

/** RFC 5103 §6.1: elements under this enterprise number are those of the other direction. */
const reverseEnterprise = 29_305;

const byReverseElement = new Map<number, Slot>([
  [1, slots.reverseOctets],
  [85, slots.reverseOctets],
  [2, slots.reversePackets],
  [86, slots.reversePackets],
]);

/** Lengths beyond which an element is not what the registry says; -1: it is not read. */
const longest: Partial<Record<Slot, number>> = {
  [slots.src6]: 16,
  [slots.dst6]: 16,
  [slots.postSrc6]: 16,
  [slots.postDst6]: 16,
};

/** Where an element is kept, or -1 when it says nothing that is kept or has an impossible length. */
export function slotOf(id: number, enterprise: number, length: number): Slot | -1 {
  const slot =
    enterprise === 0
      ? byElement.get(id)
      : enterprise === reverseEnterprise
        ? byReverseElement.get(id)
        : undefined;
  if (slot === undefined || length > (longest[slot] ?? 8)) return -1;
  return slot;
}
