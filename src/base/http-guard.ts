/** What is refused before anyone asks who calls: other hosts' names, forged requests, changes by a mere viewer. */
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import type { FastifyRequest } from 'fastify';
import type { Actor } from '#base/app';
import { type Config, publicUrlOf } from '#base/config';
import type { Route } from '#base/contract';
import { fail } from '#base/errors';

/** The host name of `host:port`, without brackets of IPv6. */
function nameOf(host: string): string {
  return host
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .toLowerCase();
}

/**
 * Refuses a Host header that is not ours (`base.unknown_host`). A page of an attacker whose name was re-pointed
 * at this server (DNS rebinding) would count as same-origin; a plain address cannot be re-pointed.
 */
export function hostGuard(config: Config): (request: FastifyRequest) => void {
  const ours = new Set(
    ['localhost', hostname(), new URL(publicUrlOf(config)).hostname, ...config.hostNames].map((one) =>
      one.toLowerCase(),
    ),
  );
  return (request) => {
    // Behind a trusted proxy this is X-Forwarded-Host, otherwise the Host header.
    const name = nameOf(request.host ?? '');
    if (!ours.has(name) && isIP(name) === 0) fail('base.unknown_host', { host: name.slice(0, 100) });
  };
}

/**
 * Refuses a change that another site's page could have sent (`base.csrf`, `base.foreign_origin`): a form can send
 * cookies but not the x-requested-with header (Fetch standard, CORS-safelisted request-headers), and a browser
 * names the page's origin. No reply ever carries CORS headers, so a preflight always fails.
 */
export function refuseForgery(route: Route, request: FastifyRequest): void {
  if (route.method === 'GET' || route.fromOutside) return;
  const { origin } = request.headers;
  if (origin !== undefined && nameOf(origin.replace(/^\w+:\/\//, '')) !== nameOf(request.host ?? '')) {
    fail('base.foreign_origin', { origin: origin.slice(0, 100) });
  }
  if (request.headers['sec-fetch-site'] === 'cross-site') {
    fail('base.foreign_origin', { origin: 'sec-fetch-site: cross-site' });
  }
  if (!request.headers['x-requested-with'] && !request.headers.authorization) fail('base.csrf');
}

/** Refuses whatever is more than looking to somebody who views as another (`base.read_only`). */
export function refuseViewer(route: Route, actor: Actor): void {
  if (!actor.readOnly || route.whileViewing) return;
  if (route.method !== 'GET' || route.produces === 'file') fail('base.read_only', { name: actor.name });
}
