/**
 * A DHCP client for tests: `MAC take` asks for a lease and prints the address; `MAC give ADDRESS SERVER` gives it back. Run inside a
 * network of its own, whose interface has that MAC.
 */
import { createSocket } from 'node:dgram';

const [macText = '', what = '', given = '', serverText = ''] = process.argv.slice(2);
const mac = Buffer.from(macText.replaceAll(':', ''), 'hex');
const socket = createSocket({ type: 'udp4', reuseAddr: true });
const bytes = (address: string) => address.split('.').map(Number);

/** RFC 2131 §2; the answer is asked for by broadcast. */
function message(type: number, options: readonly number[], address = [0, 0, 0, 0]): Buffer {
  const fixed = Buffer.alloc(240);
  fixed.set([1, 1, 6]);
  fixed.set(mac.subarray(2), 4);
  fixed.writeUInt16BE(0x8000, 10);
  fixed.set(address, 12);
  fixed.set(mac, 28);
  fixed.writeUInt32BE(0x63825363, 236);
  return Buffer.concat([fixed, Buffer.from([53, 1, type, ...options, 255]), Buffer.alloc(60)]);
}

function option(reply: Buffer, wanted: number): number[] {
  for (let at = 240; at < reply.length && reply[at] !== 255; at += 2 + reply[at + 1]!) {
    if (reply[at] === wanted) return [...reply.subarray(at + 2, at + 2 + reply[at + 1]!)];
  }
  return [];
}

let stage = 2;
socket.on('message', (reply) => {
  if (option(reply, 53)[0] !== stage) return;
  const address = [...reply.subarray(16, 20)];
  if (stage === 2) {
    stage = 5;
    const request = message(3, [50, 4, ...address, 54, 4, ...option(reply, 54)]);
    socket.send(request, 67, '255.255.255.255');
  } else {
    process.stdout.write(`${address.join('.')}\n`);
    socket.close();
  }
});
socket.bind(68, '0.0.0.0', () => {
  socket.setBroadcast(true);
  if (what === 'give') {
    const release = message(7, [54, 4, ...bytes(serverText)], bytes(given));
    socket.send(release, 67, serverText, () => socket.close());
    return;
  }
  const ask = () => socket.send(message(1, []), 67, '255.255.255.255');
  ask();
  // The server may not listen yet: asked again until it answers.
  const again = setInterval(() => (stage === 2 ? ask() : clearInterval(again)), 300);
  setTimeout(() => process.exit(2), 20_000).unref();
});
