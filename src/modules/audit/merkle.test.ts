import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  consistencyProof,
  inclusionProof,
  leafHash,
  rootOf,
  verifyConsistency,
  verifyInclusion,
} from './merkle.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));

/** The eight entries and roots that Certificate Transparency's own tests use. */
const ENTRIES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
];
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];
const LEAVES = ENTRIES.map((entry) => leafHash(bytes(entry)));

function leavesOf(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => leafHash(Buffer.from(`entry ${i}`)));
}

function flip(hash: Uint8Array, bit: number): Uint8Array {
  const copy = Uint8Array.from(hash);
  copy[(bit >> 3) % copy.length]! ^= 1 << (bit & 7);
  return copy;
}

describe('the tree of RFC 6962', () => {
  it.each(ROOTS.map((root, size) => [size, root] as const))(
    'has the published root at size %i',
    (size, root) => {
      expect(hex(rootOf(LEAVES.slice(0, size)))).toBe(root);
    },
  );

  it('gives the published audit paths', () => {
    expect(inclusionProof(LEAVES, 0).map(hex)).toEqual([
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ]);
    expect(inclusionProof(LEAVES, 5).map(hex)).toEqual([
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      ROOTS[4],
    ]);
  });

  it('gives the published consistency proofs', () => {
    expect(consistencyProof(LEAVES, 1).map(hex)).toEqual(inclusionProof(LEAVES, 0).map(hex));
    expect(consistencyProof(LEAVES, 6).map(hex)).toEqual([
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      ROOTS[4],
    ]);
    expect(consistencyProof(LEAVES, 4).map(hex)).toEqual([
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ]);
  });

  it('refuses a leaf or a size outside the tree', () => {
    expect(() => inclusionProof(LEAVES, 8)).toThrow(RangeError);
    expect(() => inclusionProof(LEAVES, -1)).toThrow(RangeError);
    expect(() => inclusionProof(LEAVES, 0.5)).toThrow(RangeError);
    expect(() => consistencyProof(LEAVES, 9)).toThrow(RangeError);
  });

  it('keeps an entry from passing as an inner node', () => {
    const forged = leafHash(Buffer.concat([LEAVES[0]!, LEAVES[1]!]));
    expect(hex(forged)).not.toBe(ROOTS[2]);
  });
});

describe('inclusion', () => {
  it('is proved for every leaf of every tree up to 66 leaves, and at no other index or size', () => {
    for (let size = 1; size <= 66; size++) {
      const leaves = leavesOf(size);
      const root = rootOf(leaves);
      for (let index = 0; index < size; index++) {
        const proof = inclusionProof(leaves, index);
        expect(verifyInclusion(leaves[index]!, index, size, proof, root)).toBe(true);
        expect(verifyInclusion(leaves[index]!, index, size, [...proof, root], root)).toBe(false);
        if (size > 1) {
          expect(verifyInclusion(leaves[index]!, index, size, proof.slice(1), root)).toBe(false);
          expect(verifyInclusion(leaves[index]!, (index + 1) % size, size, proof, root)).toBe(false);
        }
      }
    }
  });

  it('fails when any bit of the leaf, the path or the root changes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.nat(), fc.nat(), fc.nat(), (size, at, which, bit) => {
        const leaves = leavesOf(size);
        const index = at % size;
        const parts = [leaves[index]!, rootOf(leaves), ...inclusionProof(leaves, index)];
        const chosen = which % parts.length;
        parts[chosen] = flip(parts[chosen]!, bit % 256);
        expect(verifyInclusion(parts[0]!, index, size, parts.slice(2), parts[1]!)).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it('takes malformed proofs as no proof', () => {
    const root = rootOf(LEAVES);
    const proof = inclusionProof(LEAVES, 3);
    expect(verifyInclusion(LEAVES[3]!, 8, 8, proof, root)).toBe(false);
    expect(verifyInclusion(LEAVES[3]!, Number.NaN, 8, proof, root)).toBe(false);
    expect(verifyInclusion(LEAVES[3]!, 3, 8, [proof[0]!.subarray(1), ...proof.slice(1)], root)).toBe(false);
    expect(verifyInclusion(new Uint8Array(0), 0, 0, [], rootOf([]))).toBe(false);
  });
});

describe('consistency', () => {
  it('is proved between all sizes up to 40, and not for another old size', () => {
    const all = leavesOf(40);
    const roots = Array.from({ length: 41 }, (_, size) => rootOf(all.slice(0, size)));
    for (let size = 1; size <= 40; size++) {
      for (let old = 0; old <= size; old++) {
        const proof = consistencyProof(all.slice(0, size), old);
        expect(verifyConsistency(old, roots[old]!, size, roots[size]!, proof)).toBe(true);
        if (old > 0) expect(verifyConsistency(old - 1, roots[old]!, size, roots[size]!, proof)).toBe(false);
        expect(verifyConsistency(old, roots[old]!, size, roots[size]!, [...proof, roots[1]!])).toBe(false);
      }
    }
  });

  it('is not provable once an old entry was changed, removed or moved', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 120 }), fc.nat(), fc.nat(), (size, a, b) => {
        const old = 1 + (a % (size - 1));
        const before = leavesOf(size);
        const after = [...before];
        after[b % old] = leafHash(Buffer.from('rewritten'));
        const proof = consistencyProof(after, old);
        expect(verifyConsistency(old, rootOf(before.slice(0, old)), size, rootOf(after), proof)).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it('does not take a longer tree for a prefix of a shorter one', () => {
    expect(verifyConsistency(8, rootOf(LEAVES), 4, rootOf(LEAVES.slice(0, 4)), [])).toBe(false);
    expect(verifyConsistency(0, rootOf([]), 8, rootOf(LEAVES), [])).toBe(true);
    expect(verifyConsistency(0, rootOf(LEAVES), 8, rootOf(LEAVES), [])).toBe(false);
  });
});
