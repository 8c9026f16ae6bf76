import { expect, test } from 'vitest';
import { type CollectorFacts, collectorProblems } from './collector-problems.ts';

const now = new Date('2026-11-22T06:00:00Z');
const well: CollectorFacts = {
  receiver: {
    udpPort: 514,
    tcpPort: 601,
    received: 0,
    udpReceived: 0,
    tcpReceived: 0,
    cut: 0,
    framingErrors: 0,
    connections: 0,
    refused: 0,
    kernelDrops: 0,
    udpBuffer: 8_388_608,
    wantedUdpBuffer: 8_388_608,
    paused: 0,
  },
  now,
  lastLoss: null,
  spoolFails: false,
  sealFails: false,
  waiting: 0,
  damaged: 0,
};
const words = (changes: Partial<CollectorFacts>) =>
  collectorProblems({ ...well, ...changes }).map(({ en }) => en);

test('a collector with its whole buffer and no loss has no problem', () => {
  expect(words({})).toEqual([]);
});

test('a loss is told for a quarter of an hour', () => {
  const at = (minutes: number) => ({ at: new Date(now.getTime() - minutes * 60_000), datagrams: 7 });
  expect(words({ lastLoss: at(14) })).toEqual([expect.stringContaining('dropped 7 UDP datagrams')]);
  expect(words({ lastLoss: at(15) })).toEqual([]);
});

test('a system that does not count its losses is no healthy one, unless UDP is off', () => {
  const receiver = { ...well.receiver, kernelDrops: null };
  expect(words({ receiver })).toEqual([expect.stringContaining('losses go unseen')]);
  expect(words({ receiver: { ...receiver, udpPort: null, udpBuffer: null } })).toEqual([]);
});

test('a full disk and a failed sealing are problems, side by side', () => {
  expect(words({ spoolFails: true, sealFails: true, waiting: 3, damaged: 1 })).toEqual([
    expect.stringContaining('cannot be written to disk'),
    expect.stringContaining('3 spool files wait'),
    expect.stringContaining('1 spool files are damaged'),
  ]);
});
