import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  type BlockAlgorithm,
  blockOf,
  insideOf,
  insidesOf,
  type PortBlocks,
  withoutPorts,
} from './port-blocks.ts';

// By hand: 64512 ports from 1024 on, 4032 each, are 16 blocks; 32 inside addresses fill two outside addresses.
const rule = (algorithm: BlockAlgorithm): PortBlocks => ({
  inside: '10.0.0.0/27',
  outside: '198.51.100.0/31',
  portFrom: 1024,
  portTo: 65535,
  blockSize: 4032,
  algorithm,
});

describe('blocks computed by hand', () => {
  it.each([
    ['sequential', '198.51.100.0', 1024, '10.0.0.0'],
    ['sequential', '198.51.100.0', 5055, '10.0.0.0'],
    ['sequential', '198.51.100.0', 5056, '10.0.0.1'],
    ['sequential', '198.51.100.0', 65535, '10.0.0.15'],
    ['sequential', '198.51.100.1', 1024, '10.0.0.16'],
    ['sequential', '198.51.100.1', 65535, '10.0.0.31'],
    ['spread', '198.51.100.0', 1024, '10.0.0.0'],
    ['spread', '198.51.100.1', 1024, '10.0.0.1'],
    ['spread', '198.51.100.0', 5056, '10.0.0.2'],
    ['spread', '198.51.100.1', 65535, '10.0.0.31'],
    ['staggered', '198.51.100.0', 1024, '10.0.0.0'],
    ['staggered', '198.51.100.0', 1025, '10.0.0.1'],
    ['staggered', '198.51.100.0', 1040, '10.0.0.0'],
    ['staggered', '198.51.100.1', 1026, '10.0.0.18'],
    ['sequential', '198.51.100.0', 1023, null],
    ['sequential', '198.51.100.2', 2000, null],
  ] as const)('%s %s:%i belongs to %s', (algorithm, ip, port, expected) => {
    expect(insideOf(rule(algorithm), ip, port)).toBe(expected);
  });

  test('all who share an outside address, in the order of their ports', () => {
    const of = (from: number, step: number) =>
      Array.from({ length: 16 }, (_, n) => `10.0.0.${from + n * step}`);
    expect(insidesOf(rule('sequential'), '198.51.100.1')).toEqual(of(16, 1));
    expect(insidesOf(rule('staggered'), '198.51.100.1')).toEqual(of(16, 1));
    expect(insidesOf(rule('spread'), '198.51.100.1')).toEqual(of(1, 2));
    expect(insidesOf(rule('spread'), '198.51.100.2')).toEqual([]);
  });

  test('the block of an inside address, and how many have none', () => {
    expect(blockOf(rule('sequential'), '10.0.0.17')).toEqual({
      ip: '198.51.100.1',
      from: 5056,
      to: 9087,
      step: 1,
    });
    expect(blockOf(rule('staggered'), '10.0.0.2')).toEqual({
      ip: '198.51.100.0',
      from: 1026,
      to: 65522,
      step: 16,
    });
    expect(withoutPorts(rule('spread'))).toBe(0);
    expect(withoutPorts({ ...rule('spread'), inside: '10.0.0.0/26' })).toBe(32);
    expect(blockOf({ ...rule('spread'), inside: '10.0.0.0/26' }, '10.0.0.32')).toBeNull();
  });
});

test('every port of a block leads back to its inside address, and blocks do not touch', () => {
  const rules = fc.record({
    inside: fc.integer({ min: 24, max: 32 }).map((bits) => `10.9.0.0/${bits}`),
    outside: fc.integer({ min: 27, max: 32 }).map((bits) => `203.0.113.0/${bits}`),
    portFrom: fc.integer({ min: 0, max: 3000 }),
    portTo: fc.integer({ min: 4000, max: 9000 }),
    blockSize: fc.integer({ min: 1, max: 1000 }),
    algorithm: fc.constantFrom<BlockAlgorithm>('sequential', 'spread', 'staggered'),
  });
  fc.assert(
    fc.property(rules, fc.nat(255), (one, host) => {
      const block = blockOf(one, `10.9.0.${host}`);
      if (!block) return;
      const ports = Array.from({ length: one.blockSize }, (_, n) => block.from + n * block.step);
      expect(ports.at(-1)).toBe(block.to);
      expect(block.to).toBeLessThanOrEqual(one.portTo);
      expect(new Set(ports.map((port) => insideOf(one, block.ip, port)))).toEqual(
        new Set([`10.9.0.${host}`]),
      );
    }),
  );
});
