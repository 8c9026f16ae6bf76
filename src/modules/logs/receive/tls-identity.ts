import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { SecureContextOptions, Server, TLSSocket, TlsOptions } from 'node:tls';
import type { Config } from '#base/config';
import { fail } from '#base/errors';
import { readTls } from '#base/http-tls';
import type { Logger } from '#base/log';

type TlsConfig = Pick<Config, 'tlsCert' | 'tlsKey' | 'syslogClientCa'>;

const pem = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/**
 * The certificates of a receiver: its own, and those whose holders may send. Read again when the files change; open
 * connections stay. A pair that cannot be used is told once and the old one stays.
 */
export class TlsIdentity {
  readonly #config: TlsConfig;
  readonly #log: Logger;
  #context: SecureContextOptions = {};
  #read = '';
  #refused = '';
  #server: Server | null = null;

  constructor(config: TlsConfig, log: Logger) {
    this.#config = config;
    this.#log = log;
  }

  /** Whether senders prove who they are by a certificate. */
  get isMutual(): boolean {
    return this.#config.syslogClientCa !== undefined;
  }

  /** Fails with `start.bad_tls` and `logs.bad_client_ca`. */
  async load(): Promise<void> {
    this.#context = await this.#readFiles();
    this.#read = bytesOf(this.#context);
  }

  async #readFiles(): Promise<SecureContextOptions> {
    const own = await readTls(this.#config);
    if (!own) fail('start.bad_tls', { reason: '没有配置 / not configured' });
    const { syslogClientCa } = this.#config;
    if (syslogClientCa === undefined) return { ...own, minVersion: 'TLSv1.2' };
    // A sender's own certificate may stand in the file, too: then only that one is let in, whoever issued it.
    return {
      ...own,
      ca: await readIssuers(syslogClientCa),
      allowPartialTrustChain: true,
      minVersion: 'TLSv1.2',
    };
  }

  /** Options of `tls.createServer`. */
  serverOptions(): TlsOptions {
    return { ...this.#context, requestCert: this.isMutual, rejectUnauthorized: this.isMutual };
  }

  /** New certificates go to this server from now on. */
  serve(server: Server): void {
    this.#server = server;
  }

  /** Looks whether the files changed. */
  async reload(): Promise<void> {
    try {
      const found = await this.#readFiles();
      if (bytesOf(found) === this.#read) return;
      this.#server?.setSecureContext(found);
      this.#read = bytesOf(found);
      this.#refused = '';
      this.#log.info('the certificates of the log receivers were replaced');
    } catch (error) {
      const reason = (error as Error).message;
      if (reason !== this.#refused)
        this.#log.error(
          { err: error },
          'the new certificates of the log receivers cannot be used; the old stay',
        );
      this.#refused = reason;
    }
  }

  /** `cert:<sha256>` of a sender's certificate, or its address; null when it should have one and has not. */
  senderOf(socket: TLSSocket, address: string): string | null {
    if (!this.isMutual) return address;
    const certificate = socket.getPeerX509Certificate();
    if (!socket.authorized || !certificate) return null;
    return `cert:${certificate.fingerprint256.replaceAll(':', '').toLowerCase()}`;
  }
}

async function readIssuers(path: string): Promise<string[]> {
  try {
    const blocks = (await readFile(path, 'utf8')).match(pem) ?? [];
    if (blocks.length === 0) throw new Error('no certificate in the file');
    for (const block of blocks) new X509Certificate(block);
    return blocks;
  } catch (error) {
    return fail('logs.bad_client_ca', { reason: (error as Error).message }, error);
  }
}

function bytesOf({ cert, key, ca }: SecureContextOptions): string {
  return [cert, key, ca].map(String).join('\n');
}
