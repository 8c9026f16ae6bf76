/** A ZIP file from its members, deflated: the counterpart of `readZip` (APPNOTE 4.3). */
import { crc32, deflateRawSync } from 'node:zlib';

/** Members in their order; `mimetype` is stored first as OpenDocument wants it (ODF 1.2 part 3, 3.3). */
export function writeZip(members: ReadonlyMap<string, Uint8Array>): Buffer {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const [name, body] of members) {
    const isStored = name === 'mimetype';
    const packed = isStored ? Buffer.from(body) : deflateRawSync(body);
    const title = Buffer.from(name);
    const head = Buffer.alloc(26);
    // Version 2.0, names in UTF-8, the method, and 1980-01-01: when it was masked is nobody's matter.
    [20, 0x800, isStored ? 0 : 8, 0, 0x21].forEach((value, at) => {
      head.writeUInt16LE(value, at * 2);
    });
    head.writeUInt32LE(crc32(body), 10);
    head.writeUInt32LE(packed.length, 14);
    head.writeUInt32LE(body.length, 18);
    head.writeUInt16LE(title.length, 22);
    local.push(Buffer.from('PK\x03\x04'), head, title, packed);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    central.push(Buffer.from('PK\x01\x02\x14\x00'), head, tail, title);
    offset += 30 + title.length + packed.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(members.size, 4);
  end.writeUInt16LE(members.size, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...local, directory, Buffer.from('PK\x05\x06'), end]);
}
