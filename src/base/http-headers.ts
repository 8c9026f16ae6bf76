/** Headers that every reply carries, errors included. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '#base/app';
import { isReachedByTls } from '#base/config';

const always: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
};

/** What a reply that is no page may do in a browser: nothing. */
const nothing = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/** Adds the headers. A page brings its own content policy and a hashed asset its own caching; the rest gets none. */
export function secureReply(app: App, request: FastifyRequest, reply: FastifyReply): void {
  for (const [name, value] of Object.entries(always)) reply.header(name, value);
  if (!reply.hasHeader('content-security-policy')) reply.header('content-security-policy', nothing);
  if (request.url.startsWith('/api/') || reply.statusCode >= 400) reply.header('cache-control', 'no-store');
  // RFC 6797 §7.2: never over plain HTTP.
  if (isReachedByTls(app.config) && request.protocol === 'https') {
    reply.header('strict-transport-security', 'max-age=31536000; includeSubDomains');
  }
  // The countdown on every page runs by the server's clock, not by the reader's.
  reply.header('x-server-time', app.clock.now().getTime());
}
