import { describe, expect, it } from 'vitest';
import { append, emptyFrontier, rootOfFrontier } from './frontier.ts';
import { leafHash, rootOf } from './merkle.ts';

describe('frontier', () => {
  it('gives the root of RFC 6962 at every size, however the leaves arrive', () => {
    const leaves = Array.from({ length: 70 }, (_, index) => leafHash(Buffer.from(`entry ${index}`)));
    for (let size = 0; size <= leaves.length; size += 1) {
      const cut = Math.floor(size / 3);
      const grown = append(append(emptyFrontier, leaves.slice(0, cut)), leaves.slice(cut, size));
      expect(Buffer.from(rootOfFrontier(grown))).toEqual(Buffer.from(rootOf(leaves.slice(0, size))));
    }
  });
});
