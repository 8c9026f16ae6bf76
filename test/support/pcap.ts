/** Writes a packet capture as tcpdump does (pcap 2.4, Ethernet), for tools that replay one. */

export interface Packet {
  readonly at: number;
  readonly src: string;
  readonly dst: string;
  readonly srcPort: number;
  readonly dstPort: number;
  readonly proto: 6 | 17;
  readonly payload: number;
  /** TCP flags; SYN 2, ACK 16, FIN 1. */
  readonly flags?: number;
}

/** The capture file of IPv4 packets, in the order given; `at` in ms. */
export function pcapOf(packets: readonly Packet[]): Buffer {
  const head = Buffer.alloc(24);
  head.writeUInt32LE(0xa1b2c3d4, 0);
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(4, 6);
  head.writeUInt32LE(65_535, 16);
  head.writeUInt32LE(1, 20);
  return Buffer.concat([head, ...packets.map(frameOf)]);
}

function frameOf(packet: Packet): Buffer {
  const transport = packet.proto === 6 ? tcp(packet) : udp(packet);
  const ip = Buffer.alloc(20);
  ip.writeUInt8(0x45, 0);
  ip.writeUInt16BE(20 + transport.length, 2);
  ip.writeUInt8(64, 8);
  ip.writeUInt8(packet.proto, 9);
  Buffer.from(packet.src.split('.').map(Number)).copy(ip, 12);
  Buffer.from(packet.dst.split('.').map(Number)).copy(ip, 16);
  const ethernet = Buffer.from('0200000000010200000000020800', 'hex');
  const frame = Buffer.concat([ethernet, ip, transport]);
  const head = Buffer.alloc(16);
  head.writeUInt32LE(Math.floor(packet.at / 1000), 0);
  head.writeUInt32LE((packet.at % 1000) * 1000, 4);
  head.writeUInt32LE(frame.length, 8);
  head.writeUInt32LE(frame.length, 12);
  return Buffer.concat([head, frame]);
}

function tcp({ srcPort, dstPort, payload, flags = 16 }: Packet): Buffer {
  const bytes = Buffer.alloc(20 + payload);
  bytes.writeUInt16BE(srcPort, 0);
  bytes.writeUInt16BE(dstPort, 2);
  bytes.writeUInt8(0x50, 12);
  bytes.writeUInt8(flags, 13);
  return bytes;
}

function udp({ srcPort, dstPort, payload }: Packet): Buffer {
  const bytes = Buffer.alloc(8 + payload);
  bytes.writeUInt16BE(srcPort, 0);
  bytes.writeUInt16BE(dstPort, 2);
  bytes.writeUInt16BE(bytes.length, 4);
  return bytes;
}
