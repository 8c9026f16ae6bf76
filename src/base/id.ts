import { randomBytes, randomUUID } from 'node:crypto';
import { systemClock } from '#base/clock';

/** A UUID version 7 (RFC 9562 §5.7): sorts by time of making, so index pages fill in order. */
export function newId(): string {
  const random = randomUUID();
  const stamp = systemClock.now().getTime().toString(16).padStart(12, '0');
  return `${stamp.slice(0, 8)}-${stamp.slice(8)}-7${random.slice(15)}`;
}

/** An unguessable secret of 256 bits, base64url. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}
