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
  /** Fingerprints of the certificates in the file of issuers. */
  #named = new Set<string>();

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
    this.#use(await this.#readFiles());
  }

  #use(context: SecureContextOptions): void {
    this.#context = context;
    this.#read = bytesOf(context);
    const issuers = (context.ca as string[] | undefined) ?? [];
    this.#named = new Set(issuers.map((text) => new X509Certificate(text).fingerprint256));
  }

  async #readFiles(): Promise<SecureContextOptions> {
    const own = await readTls(this.#config);
    if (!own) fail('start.bad_tls', { reason: '没有配置 / not configured' });
    const { syslogClientCa } = this.#config;
    if (syslogClientCa === undefined) return { ...own, minVersion: 'TLSv1.2' };
    return {
      ...own,
      ca: await readIssuers(syslogClientCa),

      minVersion: 'TLSv1.2',
    };
  }

  /** Options of `tls.createServer`. */
  serverOptions(): TlsOptions {
    // Who may come in is decided in `senderOf`: a certificate that stands in the file itself needs no issuer there.
    return { ...this.#context, requestCert: this.isMutual, rejectUnauthorized: false };
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
      this.#use(found);
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
    if (!certificate || !(socket.authorized || this.#named.has(certificate.fingerprint256))) return null;
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
