/** The way of the lines to the collector: clocks that are wrong, lines that are lost, late, overtaken or cut in two. */
import { Chance } from './chance.ts';
import type { City, Happening, Source } from './model.ts';

/** One record as the collector receives it; a source that delivers a file has them with the time of the delivery. */
export interface Delivered {
  readonly source: Source;
  readonly sender: string;
  readonly recvAt: number;
  readonly text: string;
}

/** A source's own clock at a moment of true time. */
export function clockOf(source: Source, city: Pick<City, 'from'>, at: number): number {
  const { jump } = source.faults;
  const jumped = jump && at >= jump.at ? jump.by : 0;
  return Math.round(at + source.offset + jumped + (source.drift * (at - city.from)) / 86_400_000);
}

/** All records in order of their receipt. Marks on every happening whether it arrived. */
export function deliver(city: City): Delivered[] {
  const chance = new Chance(city.seed, 'way');
  const delivered: Delivered[] = [];
  for (const happenings of Map.groupBy(city.happenings, (one) => one.source).values()) {
    happenings.sort((a, b) => a.at - b.at);
    happenings.forEach((happening, number) => {
      happening.arrived = arrives(happening, chance);
      if (happening.arrived) delivered.push(...recordsOf(city, happening, number + 1, chance));
    });
  }
  return delivered.sort((a, b) => a.recvAt - b.recvAt);
}

function arrives({ at, source }: Happening, chance: Chance): boolean {
  const { outage, loss } = source;
  if (outage?.lost && at >= outage.from && at < outage.to) return false;
  return !chance.hit(loss);
}

function recordsOf(city: City, happening: Happening, number: number, chance: Chance): Delivered[] {
  const { at, source, write } = happening;
  const local = clockOf(source, city, at);
  const text = source.numbered ? numberedLine(local, number, write(local)) : write(local);
  const { moved, lates, cuts, doubles } = source.faults;
  const late = chance.hit(lates) ? chance.whole(60_000, 4 * 3_600_000) : 0;
  const recvAt = source.live ? Math.min(city.to + 600_000, receipt(source, at, chance) + late) : city.to;
  const sender = moved && at >= moved.at ? moved.sender : source.sender;
  const record = { source, sender, recvAt, text };
  if (chance.hit(cuts)) {
    // Both halves may say something, and neither what the line said.
    happening.arrived = false;
    const cut = chance.whole(Math.floor(text.length / 2), text.length - 1);
    return [
      { ...record, text: text.slice(0, cut) },
      { ...record, text: text.slice(cut) },
    ];
  }
  if (chance.hit(doubles)) return [record, { ...record, recvAt: recvAt + chance.whole(0, 3) * 20_000 }];
  if (!chance.hit(source.splits)) return [record];
  // RouterOS cuts behind a comma and gives the second half a header of its own.
  const cut = text.indexOf(', NAT (');
  const header = text.slice(0, text.indexOf('forward: '));
  const halves = [text.slice(0, cut + 2), `${header}${text.slice(cut + 2)}`];
  return halves.map((half) => ({ ...record, text: half }));
}

/** Most lines come at once, some are overtaken by seconds; after an outage what was kept comes all together. */
function receipt({ outage, splits }: Source, at: number, chance: Chance): number {
  const delay = chance.hit(0.01) && splits === 0 ? chance.whole(500, 8000) : chance.whole(2, 60);
  const usual = at + delay;
  return outage && !outage.lost && usual >= outage.from && usual < outage.to
    ? outage.to + (delay % 60)
    : usual;
}

/** Behind a header of RFC 5424 with a running number, so that a loss can be told. */
function numberedLine(local: number, number: number, line: string): string {
  return `<30>1 ${new Date(local).toISOString()} gw conntrack - - [meta sequenceId="${number}"] ${line}`;
}
