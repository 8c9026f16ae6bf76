/** Syslog over TLS (RFC 5425): messages with their length before them, the sender known by its certificate. */
import type { Problem } from '#base/role-health';
import type { ExtraReceiver, MakeReceiver, ReceiverFigures, ReceiverSite } from './extra-receivers.ts';
import { StreamListener } from './stream-listener.ts';
import { FramingError } from './syslog-framer.ts';
import { openSyslogSession, type StreamCounts } from './syslog-session.ts';
import { TlsIdentity } from './tls-identity.ts';

/** A sender that does not count octets is told of for so long. */
const tellMs = 15 * 60_000;

/** `null` without a certificate of our own: there is nothing to encrypt with. */
export const syslogTls: MakeReceiver = (site) => {
  const { syslogTlsPort, tlsCert } = site.app.config;
  return syslogTlsPort === 0 || tlsCert === undefined ? null : new SyslogTls(site);
};

class SyslogTls implements ExtraReceiver {
  readonly name = 'syslog-tls';
  readonly #site: ReceiverSite;
  readonly #listener: StreamListener;
  readonly #counts: StreamCounts = { received: 0, cut: 0 };
  #uncounted: { sender: string; at: number } | null = null;

  constructor(site: ReceiverSite) {
    this.#site = site;
    const { app, gate, now } = site;
    this.#listener = new StreamListener({
      what: 'syslog TLS',
      option: 'JIAODUN_SYSLOG_TLS_PORT, JIAODUN_SYSLOG_HOST',
      host: app.config.syslogHost,
      port: app.config.syslogTlsPort,
      gate,
      now,
      onTrouble: (what, error) => this.#note(what, error),
      tls: new TlsIdentity(app.config, app.log),
      open: (peer) => openSyslogSession({ peer, gate, now, counts: this.#counts, octetsOnly: true }),
    });
  }

  #note(what: string, error: unknown): void {
    if (error instanceof FramingError)
      this.#uncounted = { sender: what.replace(/^framing of /, ''), at: this.#site.now().getTime() };
    this.#site.onTrouble(what, error);
  }

  start(): Promise<void> {
    return this.#listener.start();
  }

  stop(): Promise<void> {
    return this.#listener.stop();
  }

  tick(): Promise<void> {
    return this.#listener.tick();
  }

  async state(): Promise<ReceiverFigures> {
    const { port, connections, broken, refused } = this.#listener;
    return { port, ...this.#counts, broken, connections, refused };
  }

  problems(): readonly Problem[] {
    const told = this.#uncounted;
    if (told === null || this.#site.now().getTime() - told.at > tellMs) return [];
    return [
      {
        zh: `${told.sender} 通过 TLS 发送日志时没有按 RFC 5425 在每条前写长度，连接已关闭。rsyslog 请设 TCP_Framing="octet-counted"，syslog-ng 请用 syslog() 驱动`,
        en: `${told.sender} sends by TLS without the length before each message (RFC 5425) and was cut off. In rsyslog set TCP_Framing="octet-counted"; in syslog-ng use the syslog() driver`,
      },
    ];
  }
}
