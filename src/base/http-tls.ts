/** HTTPS by the web role itself: certificate and key from files, read again when they change. */

import { readFile } from 'node:fs/promises';
import { createServer, type Server as PlainServer } from 'node:http';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import type { Config } from '#base/config';
import type { ErrorCode } from '#base/contract';
import { fail, registerErrors } from '#base/errors';
import type { Logger } from '#base/log';
import { repeat } from '#base/timers';

export const tlsErrors = {
  'start.bad_tls': {
    status: 400,
    zh: '证书或私钥不能用（JIAODUN_TLS_CERT、JIAODUN_TLS_KEY）：{reason}',
    en: 'The certificate or its key cannot be used (JIAODUN_TLS_CERT, JIAODUN_TLS_KEY): {reason}',
  },
} as const satisfies Record<string, ErrorCode>;
registerErrors(tlsErrors);

/** The certificate and key of the configuration; undefined without. Fails with `start.bad_tls`. */
export async function readTls(
  config: Pick<Config, 'tlsCert' | 'tlsKey'>,
): Promise<SecureContextOptions | undefined> {
  const { tlsCert, tlsKey } = config;
  if (!tlsCert && !tlsKey) return undefined;
  if (!tlsCert || !tlsKey) fail('start.bad_tls', { reason: '两个都要给 / both are needed' });
  try {
    const [cert, key] = await Promise.all([readFile(tlsCert), readFile(tlsKey)]);
    // Tells a key of another certificate, and files that are no PEM.
    createSecureContext({ cert, key });
    return { cert, key };
  } catch (error) {
    fail('start.bad_tls', { reason: (error as Error).message }, error);
  }
}

/**
 * Looks every `everyMs` whether certificate or key changed, and serves new connections with the new ones. A pair
 * that cannot be used is told in the log, once, and the old one stays. Returns how to stop looking.
 */
export function reloadTls(
  server: FastifyInstance,
  config: Pick<Config, 'tlsCert' | 'tlsKey'>,
  first: SecureContextOptions,
  log: Logger,
  everyMs = 10_000,
): () => void {
  let served = bytesOf(first);
  let refused = '';
  const look = async () => {
    try {
      const found = await readTls(config);
      if (!found || bytesOf(found) === served) return;
      (server.server as unknown as Server).setSecureContext({ ...found, minVersion: 'TLSv1.2' });
      served = bytesOf(found);
      refused = '';
      log.info('the certificate was replaced');
    } catch (error) {
      const reason = (error as Error).message;
      if (reason !== refused)
        log.error({ err: error }, 'the new certificate cannot be used; the old one stays');
      refused = reason;
    }
  };
  return repeat(everyMs, () => void look());
}

function bytesOf({ cert, key }: SecureContextOptions): string {
  return `${String(cert)}${String(key)}`;
}

/**
 * The same routes by plain HTTP on a port of the loopback that the system chooses: the command line of this machine
 * reaches a server by its local credential, whatever name its certificate bears.
 */
export async function listenLocally(server: FastifyInstance): Promise<{ url: string; server: PlainServer }> {
  const local = createServer((request, reply) => server.routing(request, reply));
  await new Promise<void>((resolve, reject) => {
    local.once('error', reject);
    local.listen(0, '127.0.0.1', resolve);
  });
  return { url: `http://127.0.0.1:${(local.address() as AddressInfo).port}`, server: local };
}
