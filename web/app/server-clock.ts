/**
 * The server's time in the browser. Deadlines are the server's; a school computer whose clock is an hour
 * wrong must still show the true remaining time.
 *
 * Each reply carries `x-server-time` (milliseconds) or, at least, HTTP's `Date` (whole seconds). The reply
 * with the shortest round trip is believed, as NTP does: the error is at most half of it.
 */
interface Sample {
  readonly offset: number;
  readonly error: number;
  readonly at: number;
}

/** A sample older than this no longer wins by being precise: laptops sleep and clocks drift. Milliseconds. */
const sampleLifetime = 10 * 60_000;

let best: Sample | undefined;

/** Learns from one reply; `sentAt` and `receivedAt` are `Date.now()` around the request. */
export function learnServerTime(headers: Headers, sentAt: number, receivedAt: number): void {
  const sample = readSample(headers, sentAt, receivedAt);
  if (sample === undefined) return;
  if (best === undefined || sample.error <= best.error || receivedAt - best.at > sampleLifetime)
    best = sample;
}

/** Milliseconds since 1970 by the server's clock; this computer's clock until the first reply. */
export function serverNow(): number {
  return Date.now() + (best?.offset ?? 0);
}

/** Pure part of `learnServerTime`. Undefined when the reply carries no readable time. */
export function readSample(headers: Headers, sentAt: number, receivedAt: number): Sample | undefined {
  const halfTrip = Math.max(0, receivedAt - sentAt) / 2;
  const middle = sentAt + halfTrip;
  const exact = Number(headers.get('x-server-time') ?? Number.NaN);
  if (Number.isFinite(exact)) return { offset: exact - middle, error: halfTrip, at: receivedAt };
  const second = Date.parse(headers.get('date') ?? '');
  if (Number.isNaN(second)) return undefined;
  // `Date` was cut down to the second: on average the true time is half a second later.
  return { offset: second + 500 - middle, error: halfTrip + 500, at: receivedAt };
}
