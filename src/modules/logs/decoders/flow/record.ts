import { ipv4At, ipv6At } from './address.ts';
import { type Slot, slotCount } from './elements.ts';
import { type Template, variable } from './templates.ts';

/**
 * One data record, laid over the bytes of its datagram. It is used again for the next record: nothing is copied
 * that no row takes.
 */
export class FlowRecord {
  readonly #at = new Int32Array(slotCount);
  readonly #length = new Int32Array(slotCount);
  #bytes: Buffer = Buffer.alloc(0);

  /** Lays it over the record that begins at `at`; answers where it ends, or -1 when it does not fit before `end`. */
  read(bytes: Buffer, at: number, end: number, { fields }: Template): number {
    this.#bytes = bytes;
    this.#length.fill(0);
    let place = at;
    for (const { slot, length } of fields) {
      let size = length;
      if (length === variable) {
        if (place >= end) return -1;
        size = bytes[place]!;
        place += 1;
        if (size === 255) {
          if (place + 2 > end) return -1;
          size = bytes.readUInt16BE(place);
          place += 2;
        }
      }
      if (place + size > end) return -1;
      // The first of two fields of one kind counts: exporters put the flow's own before those of layers within it.
      if (slot >= 0 && this.#length[slot] === 0 && (size <= 8 || size === 16)) {
        this.#at[slot] = place;
        this.#length[slot] = size;
      }
      place += size;
    }
    return place;
  }

  has(slot: Slot): boolean {
    return this.#length[slot]! > 0;
  }

  /** An unsigned number of 1 to 8 bytes; `otherwise` when the record has none. Beyond 2^53 it is the nearest double. */
  number(slot: Slot, otherwise: number): number {
    const length = this.#length[slot]!;
    if (length === 0 || length > 8) return otherwise;
    const at = this.#at[slot]!;
    if (length <= 6) return this.#bytes.readUIntBE(at, length);
    return this.#bytes.readUIntBE(at, length - 4) * 4_294_967_296 + this.#bytes.readUInt32BE(at + length - 4);
  }

  /** The address in one of two fields, `''` when neither is there or it is all zeros: "not translated". */
  address(slot4: Slot, slot6: Slot): string {
    if (this.#length[slot4] === 4) {
      const at = this.#at[slot4]!;
      if (this.#bytes.readUInt32BE(at) !== 0) return ipv4At(this.#bytes, at);
    }
    if (this.#length[slot6] !== 16) return '';
    const text = ipv6At(this.#bytes, this.#at[slot6]!);
    return text === '::' ? '' : text;
  }
}
