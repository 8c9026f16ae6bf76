import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { listenSoon } from '#base/start-errors';
import { flowSender } from '../rules.ts';
import { maxRecordBytes } from '../segments/record-stream.ts';
import type { ExtraReceiver, MakeReceiver, ReceiverFigures, ReceiverSite } from './extra-receivers.ts';
import { readKernelDrops } from './kernel-drops.ts';
import { plainAddress } from './plain-address.ts';
import { grantedTo } from './receiver.ts';

/** As for syslog: 8 MiB were measured to lose nothing at 100,000 datagrams a second. */
const wantedBuffer = 8 * 1024 * 1024;

/** Takes NetFlow v5, v9, IPFIX and H3C Flow datagrams, each as one record; `null` when the port is 0. */
export const flowReceiver: MakeReceiver = (site) => {
  const { syslogHost, netflowPort } = site.app.config;
  return netflowPort === 0 ? null : new FlowReceiver(site, syslogHost, netflowPort);
};

class FlowReceiver implements ExtraReceiver {
  readonly name = 'netflow';
  readonly #site: ReceiverSite;
  readonly #host: string;
  readonly #port: number;
  #socket: Socket | null = null;
  #received = 0;
  #broken = 0;

  constructor(site: ReceiverSite, host: string, port: number) {
    this.#site = site;
    this.#host = host;
    this.#port = port;
  }

  async start(): Promise<void> {
    const place = {
      what: 'NetFlow UDP',
      host: this.#host,
      port: this.#port,
      option: 'JIAODUN_NETFLOW_PORT, JIAODUN_SYSLOG_HOST',
    };
    await listenSoon(place, () => this.#listen());
  }

  async #listen(): Promise<void> {
    const socket = createSocket({ type: this.#host.includes(':') ? 'udp6' : 'udp4' });
    const { gate, now } = this.#site;
    // One copy and nothing else: the next datagram waits in the kernel meanwhile.
    socket.on('message', (message, peer) => {
      this.#received += 1;
      if (!isFlow(message)) this.#broken += 1;
      const end = Math.min(message.length, maxRecordBytes);
      gate.spool.of(flowSender + plainAddress(peer.address)).append(now().getTime(), message, 0, end);
      gate.appended();
    });
    socket.bind(this.#port, this.#host);
    await once(socket, 'listening');
    socket.on('error', (error) => this.#site.onTrouble('netflow socket', error));
    this.#socket = socket;
    await this.tick();
  }

  /** Asks the kernel for the receive buffer, again when it had granted less: the limit may have been raised. */
  async tick(): Promise<void> {
    if (!this.#socket || grantedTo(this.#socket) >= wantedBuffer) return;
    try {
      this.#socket.setRecvBufferSize(wantedBuffer);
    } catch (error) {
      this.#site.onTrouble('netflow receive buffer', error);
    }
  }

  async state(): Promise<ReceiverFigures> {
    const port = this.#socket?.address().port ?? null;
    return {
      port,
      received: this.#received,
      cut: 0,
      broken: this.#broken,
      kernelDrops: port === null ? null : await readKernelDrops(port),
      buffer: this.#socket ? grantedTo(this.#socket) : null,
      wantedBuffer,
    };
  }

  /** What the kernel still holds for the socket is lost with it; what was read is in the spool. */
  async stop(): Promise<void> {
    const socket = this.#socket;
    if (!socket) return;
    this.#socket = null;
    const closed = once(socket, 'close');
    socket.close();
    await closed;
  }
}

/** Whether it begins like a datagram of a version that is read: kept either way. */
function isFlow(message: Buffer): boolean {
  if (message.length < 4) return false;
  const version = message.readUInt16BE(0);
  return version === 5 || version === 9 || version === 10 || message[0] === 3;
}
