import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { once } from 'node:events';
import { listenSoon } from '#base/start-errors';
import type { Spool } from '../spool/spool.ts';
import { readKernelDrops } from './kernel-drops.ts';
import { plainAddress } from './plain-address.ts';
import { SpoolGate } from './spool-gate.ts';
import { type StreamLimits, StreamListener } from './stream-listener.ts';
import { openSyslogSession, type StreamCounts } from './syslog-session.ts';

export interface ReceiverOptions {
  readonly spool: Spool;
  readonly host: string;
  /** `null` switches a protocol off; 0 takes any free port (tests). */
  readonly udpPort: number | null;
  readonly tcpPort: number | null;
  readonly now: () => Date;
  /** Told when the disk refuses a commit and when a connection breaks the protocol. */
  readonly onTrouble: (what: string, error: unknown) => void;
  /** Bytes not yet durable above which TCP senders are held back. Default 16 MiB. */
  readonly highWater?: number;
  /** The gate that it shares with other receivers; default one of its own. */
  readonly gate?: SpoolGate;
  /** Of TCP connections, where the usual ones do not hold. */
  readonly limits?: Partial<StreamLimits>;
  /** Receive buffer to ask the kernel for, in bytes. Default 8 MiB. */
  readonly udpBuffer?: number;
}

export interface ReceiverState {
  readonly udpPort: number | null;
  readonly tcpPort: number | null;
  /** By UDP and TCP together, and each. */
  readonly received: number;
  readonly udpReceived: number;
  readonly tcpReceived: number;
  readonly cut: number;
  readonly framingErrors: number;
  /** Open TCP connections, and those that were turned away. */
  readonly connections: number;
  readonly refused: number;
  /** Datagrams lost in the kernel; `null` when the system does not tell. */
  readonly kernelDrops: number | null;
  /** What the kernel granted of `wantedUdpBuffer`, in bytes. */
  readonly udpBuffer: number | null;
  readonly wantedUdpBuffer: number;
  readonly paused: number;
}

/** 8 MiB were measured to lose nothing at 100,000 datagrams a second; the usual 208 KiB lost 30 %. */
const usualUdpBuffer = 8 * 1024 * 1024;

/** Listens for syslog on UDP and TCP and copies every message into the spool. */
export class Receiver {
  readonly #options: ReceiverOptions;
  readonly #gate: SpoolGate;
  readonly #wantedUdpBuffer: number;
  readonly #tcp: StreamListener | null;
  readonly #counts: StreamCounts = { received: 0, cut: 0 };
  #udp: DatagramSocket | null = null;
  #datagrams = 0;

  constructor(options: ReceiverOptions) {
    this.#options = options;
    this.#gate = options.gate ?? new SpoolGate(options);
    this.#wantedUdpBuffer = options.udpBuffer ?? usualUdpBuffer;
    this.#tcp = options.tcpPort === null ? null : this.#tcpListener(options.tcpPort);
  }

  #tcpListener(port: number): StreamListener {
    const { host, now, onTrouble, limits } = this.#options;
    const gate = this.#gate;
    return new StreamListener({
      what: 'syslog TCP',
      option: optionOf('TCP'),
      host,
      port,
      gate,
      now,
      onTrouble,
      limits: limits ?? {},
      open: (peer) => openSyslogSession({ peer, gate, now, counts: this.#counts }),
    });
  }

  /** Binds. Fails with the `start.*` errors of `listenSoon`: port taken, not permitted, no such address. */
  async start(): Promise<void> {
    const { host, udpPort } = this.#options;
    if (udpPort !== null) {
      const place = { what: 'syslog UDP', host, port: udpPort, option: optionOf('UDP') };
      await listenSoon(place, () => this.#listenUdp(host, udpPort));
    }
    await this.#tcp?.start();
  }

  async #listenUdp(host: string, port: number): Promise<void> {
    const socket = createSocket({ type: host.includes(':') ? 'udp6' : 'udp4' });
    const { spool, now } = this.#options;
    // One copy and nothing else: the next datagram waits in the kernel meanwhile.
    socket.on('message', (message, peer) => {
      this.#datagrams += 1;
      const end = Math.min(message.length, 65_536);
      spool.of(plainAddress(peer.address)).append(now().getTime(), message, 0, end);
      this.#gate.appended();
    });
    socket.bind(port, host);
    await once(socket, 'listening');
    socket.on('error', (error) => this.#options.onTrouble('udp socket', error));
    this.#udp = socket;
    this.widenBuffer();
  }

  /** Asks the kernel for the receive buffer, again when it had granted less: the limit may have been raised. */
  widenBuffer(): void {
    if (!this.#udp || grantedTo(this.#udp) >= this.#wantedUdpBuffer) return;
    try {
      this.#udp.setRecvBufferSize(this.#wantedUdpBuffer);
    } catch (error) {
      this.#options.onTrouble('udp receive buffer', error);
    }
  }

  /** Ends half messages that stay half. Call it every few seconds. */
  async tick(): Promise<void> {
    this.widenBuffer();
    await this.#tcp?.tick();
  }

  /** Writes what waits; call it some times a second. Troubles are told, and the next flush tries again. */
  flush(): Promise<void> {
    return this.#gate.flush();
  }

  async state(): Promise<ReceiverState> {
    const udpPort = this.#udp?.address().port ?? null;
    return {
      udpPort,
      tcpPort: this.#tcp?.port ?? null,
      received: this.#datagrams + this.#counts.received,
      udpReceived: this.#datagrams,
      tcpReceived: this.#counts.received,
      cut: this.#counts.cut,
      framingErrors: this.#tcp?.broken ?? 0,
      connections: this.#tcp?.connections ?? 0,
      refused: this.#tcp?.refused ?? 0,
      kernelDrops: udpPort === null ? null : await readKernelDrops(udpPort),
      udpBuffer: this.#udp ? grantedTo(this.#udp) : null,
      wantedUdpBuffer: this.#wantedUdpBuffer,
      paused: this.#gate.paused,
    };
  }

  /** Stops listening, takes what the open connections have sent, and commits. A second call does nothing. */
  async stop(): Promise<void> {
    const udp = this.#udp;
    this.#udp = null;
    if (udp) {
      const closed = once(udp, 'close');
      udp.close();
      await closed;
    }
    await this.#tcp?.stop();
    await this.#options.spool.commit();
  }
}

/** Linux answers twice what it granted, for its own bookkeeping (socket(7), SO_RCVBUF). */
export function grantedTo(socket: DatagramSocket): number {
  return process.platform === 'linux' ? socket.getRecvBufferSize() / 2 : socket.getRecvBufferSize();
}

function optionOf(protocol: 'UDP' | 'TCP'): string {
  return `JIAODUN_SYSLOG_${protocol}_PORT, JIAODUN_SYSLOG_HOST`;
}
