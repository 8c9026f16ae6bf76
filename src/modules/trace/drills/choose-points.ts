/** Which of the sampled rows a drill asks for. Pure: chance is given. */

export interface Host<Row> {
  /** How many rows the log has of it: who is busier is likelier to be asked for, as in a complaint. */
  readonly rows: number;
  readonly sample: readonly Row[];
}

/**
 * At most `wanted` different rows, drawn as if out of all rows of the hosts; a host gives no more than were sampled of it.
 * `random` answers a number from 0 up to, not including, 1.
 */
export function choosePoints<Row>(
  hosts: readonly Host<Row>[],
  wanted: number,
  random: () => number,
): { host: Host<Row>; row: Row }[] {
  const left = hosts.map((host) => ({ host, sample: [...host.sample] })).filter(hasSome);
  const chosen: { host: Host<Row>; row: Row }[] = [];
  while (chosen.length < wanted && left.length > 0) {
    const place = drawHost(
      left.map(({ host }) => host.rows),
      random,
    );
    const { host, sample } = left[place]!;
    const [row] = sample.splice(Math.floor(random() * sample.length), 1);
    chosen.push({ host, row: row! });
    if (sample.length === 0) left.splice(place, 1);
  }
  return chosen;
}

const hasSome = ({ sample }: { sample: readonly unknown[] }) => sample.length > 0;

function drawHost(weights: readonly number[], random: () => number): number {
  let rest = random() * weights.reduce((sum, weight) => sum + weight, 0);
  for (const [place, weight] of weights.entries()) {
    rest -= weight;
    if (rest < 0) return place;
  }
  return weights.length - 1;
}

/** A port of a block of which only some belong to it: lo, lo + step, … hi. */
export function drawPort(
  block: { readonly lo: number; readonly hi: number; readonly step: number },
  random: () => number,
): number {
  const step = Math.max(1, block.step);
  const ports = Math.floor((block.hi - block.lo) / step) + 1;
  return block.lo + Math.floor(random() * ports) * step;
}
