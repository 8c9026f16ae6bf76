import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mayTouch, type NatEvent, pairSessions } from './pair-sessions.ts';

let seq = 0;
function event(kind: NatEvent['kind'], ts: number, change: Partial<NatEvent> = {}): NatEvent {
  seq += 1;
  return {
    kind,
    ts,
    start: 0,
    src: 1,
    realm: 'main',
    direction: 'out',
    proto: 6,
    pubIp: '203.0.113.1',
    pubPort: 61001,
    inIp: '192.0.2.10',
    inPort: 4000,
    dstIp: '198.51.100.2',
    dstPort: 443,
    flow: '',
    segment: 1,
    seq,
    ...change,
  };
}
const times = (events: NatEvent[]) => pairSessions(events).map(({ start, end }) => [start, end]);

test('pairs the beginning and the end of the same tuple, in whatever order the lines came', () => {
  const events = [event('destroy', 90), event('new', 10), event('update', 50), event('new', 100)];
  expect(times(events)).toEqual([
    [10, 90],
    [100, null],
  ]);
  expect(pairSessions(events)[0]).toMatchObject({
    lastProof: 90,
    events: [{ ts: 10 }, { ts: 50 }, { ts: 90 }],
  });
});

test('keeps the same public port for different inside hosts and destinations apart', () => {
  const other = { inIp: '192.0.2.11', dstIp: '198.51.100.3' };
  expect(
    times([event('new', 10), event('new', 20, other), event('destroy', 30), event('destroy', 40, other)]),
  ).toEqual([
    [10, 30],
    [20, 40],
  ]);
});

test('does not pair events of two exporters', () => {
  expect(times([event('new', 10), event('destroy', 30, { src: 2 })])).toEqual([
    [10, null],
    [null, 30],
  ]);
});

test('leaves the start unknown when only the end was received, unless the end tells it', () => {
  expect(times([event('destroy', 30)])).toEqual([[null, 30]]);
  expect(times([event('destroy', 30, { start: 12 })])).toEqual([[12, 30]]);
  expect(times([event('update', 20), event('destroy', 30, { start: 12 })])).toEqual([[12, 30]]);
});

test('an unreceived end is bounded by the next beginning of the same tuple', () => {
  const [lost, next] = pairSessions([event('new', 10), event('new', 50), event('destroy', 60)]);
  expect(lost).toMatchObject({ start: 10, end: null, endedBefore: 50, lastProof: 10 });
  expect(next).toMatchObject({ start: 50, end: 60, endedBefore: null });
  expect(mayTouch(lost!, 51, 99)).toBe(false);
  expect(mayTouch(lost!, 40, 45)).toBe(true);
});

test('an end and a beginning at one instant are two sessions', () => {
  expect(times([event('new', 10), event('new', 50), event('destroy', 50)])).toEqual([
    [10, 50],
    [50, null],
  ]);
});

test('excludes by known bounds only', () => {
  const [both] = pairSessions([event('new', 10), event('destroy', 20)]);
  const [open] = pairSessions([event('new', 10)]);
  const [tail] = pairSessions([event('destroy', 20)]);
  expect([
    mayTouch(both!, 0, 9),
    mayTouch(both!, 0, 10),
    mayTouch(both!, 20, 30),
    mayTouch(both!, 21, 30),
  ]).toEqual([false, true, true, false]);
  expect([mayTouch(open!, 0, 9), mayTouch(open!, 1e9, 1e9)]).toEqual([false, true]);
  expect([mayTouch(tail!, -1e9, -1e9), mayTouch(tail!, 21, 30)]).toEqual([true, false]);
});

test('every event belongs to exactly one session, and no session ends before it starts', () => {
  const kind = fc.constantFrom<NatEvent['kind']>('new', 'update', 'destroy');
  const one = fc.record({ kind, ts: fc.nat(1000), inPort: fc.nat(2), src: fc.nat(1) });
  fc.assert(
    fc.property(fc.array(one, { maxLength: 60 }), (list) => {
      const events = list.map(({ kind: what, ts, inPort, src }) => event(what, ts, { inPort, src }));
      const sessions = pairSessions(events);
      const places = sessions.flatMap((session) => session.events.map((place) => place.seq));
      expect([...places].sort()).toEqual(events.map((given) => given.seq).sort());
      for (const { start, end } of sessions)
        if (start !== null && end !== null) expect(start).toBeLessThanOrEqual(end);
    }),
  );
});
