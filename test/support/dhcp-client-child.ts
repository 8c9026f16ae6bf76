/** A DHCP client for tests: takes a lease and gives it back. Run inside a network of its own; ends with code 0. */
import { createSocket } from 'node:dgram';

const mac = Buffer.from([0x02, 0, 0, 0, 0, 0x07]);
const transaction = 0x3903f326;
const socket = createSocket({ type: 'udp4', reuseAddr: true });

/** RFC 2131 §2 with options of RFC 2132; the answer is asked for by broadcast. */
function send(
  type: number,
  options: readonly number[] = [],
  address: readonly number[] = [0, 0, 0, 0],
): void {
  const fixed = Buffer.alloc(240);
  fixed.set([1, 1, 6]);
  fixed.writeUInt32BE(transaction, 4);
  fixed.writeUInt16BE(0x8000, 10);
  fixed.set(address, 12);
  fixed.set(mac, 28);
  fixed.writeUInt32BE(0x63825363, 236);
  const name = Buffer.from('pc-07');
  const all = Buffer.from([53, 1, type, 12, name.length, ...name, ...options, 255]);
  // What is sent leaves later: closing the socket at once would drop it.
  socket.send(Buffer.concat([fixed, all, Buffer.alloc(60)]), 67, '255.255.255.255', () => {
    if (type === 7) socket.close();
  });
}

function option(message: Buffer, wanted: number): Buffer | undefined {
  for (let at = 240; at < message.length && message[at] !== 255; at += 2 + message[at + 1]!) {
    if (message[at] === wanted) return message.subarray(at + 2, at + 2 + message[at + 1]!);
  }
  return undefined;
}

let stage = 2;
socket.on('message', (message) => {
  const type = option(message, 53)?.[0];
  if (type !== stage) return; // The servers answer a repeated question again.
  const server = [...(option(message, 54) ?? [])];
  const offered = [...message.subarray(16, 20)];
  if (type === 2) {
    stage = 5;
    send(3, [50, 4, ...offered, 54, 4, ...server]);
  } else {
    stage = 0;
    send(7, [54, 4, ...server], offered);
  }
});
socket.bind(68, '0.0.0.0', () => {
  socket.setBroadcast(true);
  send(1);
  // The server may not listen yet: asked again until it answers.
  const again = setInterval(() => (stage === 2 ? send(1) : clearInterval(again)), 300);
  const late = setTimeout(() => process.exit(2), 15_000);
  late.unref();
});
