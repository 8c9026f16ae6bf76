/** The RELP receivers: plain, and over TLS. */
import type { ExtraReceiver, MakeReceiver, ReceiverFigures, ReceiverSite } from './extra-receivers.ts';
import { ResendMemory } from './relp-resends.ts';
import { type RelpCounts, RelpSession } from './relp-session.ts';
import { StreamListener } from './stream-listener.ts';
import { TlsIdentity } from './tls-identity.ts';

/** `null` when its port is 0. */
export const relp: MakeReceiver = (site) => {
  const { relpPort } = site.app.config;
  return relpPort === 0 ? null : new RelpReceiver(site, 'relp', relpPort);
};

/** `null` when its port is 0. */
export const relpTls: MakeReceiver = (site) => {
  const { relpTlsPort } = site.app.config;
  return relpTlsPort === 0 ? null : new RelpReceiver(site, 'relp-tls', relpTlsPort);
};

class RelpReceiver implements ExtraReceiver {
  readonly name: 'relp' | 'relp-tls';
  readonly #listener: StreamListener;
  readonly #counts: RelpCounts = { received: 0, cut: 0, repeated: 0 };

  constructor(site: ReceiverSite, name: 'relp' | 'relp-tls', port: number) {
    this.name = name;
    const { app, gate, now, onTrouble } = site;
    const resends = new ResendMemory(now);
    const isTls = name === 'relp-tls';
    this.#listener = new StreamListener({
      what: isTls ? 'RELP TLS' : 'RELP',
      option: `${isTls ? 'JIAODUN_RELP_TLS_PORT' : 'JIAODUN_RELP_PORT'}, JIAODUN_SYSLOG_HOST`,
      host: app.config.syslogHost,
      port,
      gate,
      now,
      onTrouble,
      tls: isTls ? new TlsIdentity(app.config, app.log) : undefined,
      open: (peer) => new RelpSession({ peer, gate, now, counts: this.#counts, resends, onTrouble }),
    });
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
}
