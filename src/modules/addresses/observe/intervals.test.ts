import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { goOn, type Interval, inOrder, type Observation, toldTo, unsettledFrom } from './intervals.ts';

const minute = 60_000;
const macs = ['00:00:5e:00:53:01', '00:00:5e:00:53:02', '00:00:5e:00:53:03'];
const kinds = ['dhcp', 'radius', 'arp', 'arpwatch'] as const;

const observation = fc
  .record({
    kind: fc.constantFrom(...kinds),
    step: fc.oneof(fc.nat({ max: 400 }), fc.nat({ max: 5 })),
    mac: fc.constantFrom(...macs),
    act: fc.nat({ max: 9 }),
    hold: fc.constantFrom(0, 10, 60, 600),
    session: fc.constantFrom('', 's1', 's2'),
  })
  .map(({ kind, step, mac, act, hold, session }): Observation => {
    const ends = {
      dhcp: ['release', 'expire', 'decline', 'nak'],
      radius: ['stop'],
      arp: [],
      arpwatch: ['changed'],
    } as const;
    const possible = ends[kind] as readonly Observation['act'][];
    return {
      at: step * 7 * minute,
      kind,
      act: act < 7 || possible.length === 0 ? 'see' : possible[act % possible.length]!,
      mac: kind === 'dhcp' && act === 9 ? '' : mac,
      session: kind === 'radius' ? session : '',
      hold: kind === 'dhcp' ? hold * minute : 0,
      hostname: '',
      nas: '',
      port: '',
      seg: 1,
      seq: 0,
    };
  })
  .filter((one) => one.mac !== '' || one.act !== 'see');

const log = fc
  .array(observation, { maxLength: 60 })
  .map((list) => list.map((one, seq) => ({ ...one, seg: 1 + (seq % 5), seq })));

const plain = (intervals: readonly Interval[]) => intervals.map((one) => JSON.stringify(one)).toSorted();

/** As the bindings are kept: pieces arrive, what is late is made anew from all that arrived so far. */
function inPieces(pieces: readonly (readonly Observation[])[]): Interval[] {
  let known: Interval[] = [];
  const rows: Observation[] = [];
  for (const piece of pieces) {
    rows.push(...piece);
    const fresh = inOrder(piece);
    const first = fresh[0]?.at;
    if (first === undefined) continue;
    const readTo = Math.max(-Infinity, ...rows.slice(0, rows.length - piece.length).map(({ at }) => at));
    const edge = known.reduce((most, one) => Math.max(most, toldTo(one)), readTo);
    if (first > edge) known = goOn(known, fresh);
    else {
      const from = unsettledFrom(known, first);
      const settled = known.filter((one) => one.began < from);
      known = [...settled, ...goOn([], inOrder(rows.filter(({ at }) => at >= from)))];
    }
  }
  return known;
}

describe('intervals', () => {
  test('the order and the pieces in which observations arrive change nothing', () => {
    fc.assert(
      fc.property(
        log,
        fc.array(fc.nat(), { minLength: 60, maxLength: 60 }),
        fc.integer({ min: 1, max: 9 }),
        (all, keys, size) => {
          const shuffled = all.map((one, at) => ({ one, key: keys[at]! })).toSorted((a, b) => a.key - b.key);
          const pieces: Observation[][] = [];
          for (let at = 0; at < shuffled.length; at += size)
            pieces.push(shuffled.slice(at, at + size).map(({ one }) => one));
          expect(plain(inPieces(pieces))).toEqual(plain(goOn([], inOrder(all))));
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('in order, piece by piece, is the same as at once', () => {
    fc.assert(
      fc.property(log, fc.integer({ min: 1, max: 9 }), (all, size) => {
        const ordered = inOrder(all);
        const pieces: Observation[][] = [];
        for (let at = 0; at < ordered.length; at += size) pieces.push(ordered.slice(at, at + size));
        expect(plain(inPieces(pieces))).toEqual(plain(goOn([], ordered)));
      }),
      { numRuns: 1000 },
    );
  });

  /** Asked moment by moment, from the lines alone: whom does the DHCP log say to have the address? */
  function holderAt(all: readonly Observation[], at: number): string[] {
    let claims = new Map<string, { seen: number; to: number; bare: boolean }>();
    for (const one of inOrder(all)) {
      if (one.at > at) break;
      const alive = (claim: { seen: number; to: number; bare: boolean }) =>
        one.at <= (claim.bare ? claim.seen + 1440 * minute : claim.to + minute);
      if (one.act === 'see') {
        claims = new Map([...claims].filter(([mac, claim]) => mac === one.mac || !alive(claim)));
        claims.set(one.mac, { seen: one.at, to: one.at + one.hold, bare: one.hold === 0 });
      } else {
        claims = new Map(
          [...claims].filter(([mac, claim]) => (one.mac !== '' && mac !== one.mac) || !alive(claim)),
        );
      }
    }
    return [...claims]
      .filter(([, claim]) => claim.to >= at)
      .map(([mac]) => mac)
      .toSorted();
  }

  test('agree with a naive reading of the DHCP log at every moment between two lines', () => {
    fc.assert(
      fc.property(log, fc.nat({ max: 3000 }), (all, when) => {
        const dhcp = all.filter(({ kind }) => kind === 'dhcp');
        // Between the minutes of the lines; and the future is not known to the naive reader.
        const at = when * minute + minute / 2;
        const until = dhcp.filter((one) => one.at <= at);
        const held = goOn([], inOrder(until)).filter(
          (one) => one.began <= at && at <= one.until && one.ended === null,
        );
        expect(held.map(({ mac }) => mac).toSorted()).toEqual(holderAt(until, at));
      }),
      { numRuns: 2000 },
    );
  });

  test('never overlap themselves, and never claim to have seen what no line says', () => {
    fc.assert(
      fc.property(log, (all) => {
        const made = goOn([], inOrder(all));
        for (const one of made) {
          expect(one.began <= one.lastProof && one.lastProof <= one.until).toBe(true);
          const own = all.filter(
            ({ mac, kind, session }) => mac === one.mac && kind === one.kind && session === one.session,
          );
          expect(own.some(({ at }) => at === one.began)).toBe(true);
          expect(own.some(({ at }) => at === one.lastProof)).toBe(true);
          const same = made.filter(
            (other) =>
              other !== one &&
              other.mac === one.mac &&
              other.kind === one.kind &&
              other.session === one.session,
          );
          expect(same.every((other) => other.began > one.lastProof || other.lastProof < one.began)).toBe(
            true,
          );
        }
      }),
      { numRuns: 1000 },
    );
  });
});
