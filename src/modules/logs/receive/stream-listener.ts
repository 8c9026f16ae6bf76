import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket, type Server as TlsServer } from 'node:tls';
import { listenSoon } from '#base/start-errors';
import { after } from '#base/timers';
import { plainAddress } from './plain-address.ts';
import type { SpoolGate } from './spool-gate.ts';
import type { TlsIdentity } from './tls-identity.ts';

/** One connection, as a protocol sees it. */
export interface StreamSession {
  /** Bytes came. What it throws ends the connection and is counted as broken. */
  data(chunk: Buffer): void;
  /** The peer is gone. */
  end(): void;
  /** Since when it has left something unfinished that may not take long: a message, a greeting. Milliseconds, or null. */
  unfinishedSince(): number | null;
  /** The collector stops: answers what can be answered and says goodbye. */
  leave?(): Promise<void>;
}

export interface StreamPeer {
  readonly sender: string;
  readonly socket: Socket;
}

export interface StreamOptions {
  /** As `start.port_taken` names it: `syslog TLS`, with the settings that choose another port. */
  readonly what: string;
  readonly option: string;
  readonly host: string;
  readonly port: number;
  readonly gate: SpoolGate;
  readonly now: () => Date;
  readonly onTrouble: (what: string, error: unknown) => void;
  readonly open: (peer: StreamPeer) => StreamSession;
  /** With it every connection is encrypted. */
  readonly tls?: TlsIdentity | undefined;
  readonly limits?: Partial<StreamLimits>;
}

export interface StreamLimits {
  readonly connections: number;
  readonly perAddress: number;
  /** How long something begun may stay unfinished, and a TLS handshake may take. */
  readonly unfinishedMs: number;
  readonly handshakeMs: number;
  /** A connection that never sent a message may be closed in favour of a new one after so long. */
  readonly idleMs: number;
}

const usualLimits: StreamLimits = {
  connections: 4096,
  // Schools behind one address of the bureau's gateway share it.
  perAddress: 1024,
  unfinishedMs: 60_000,
  handshakeMs: 10_000,
  idleMs: 10_000,
};

/** So long a peer has at the end of the collector to take its last answers. */
const leaveMs = 1_500;

interface Connection {
  /** What was accepted; with TLS the encrypted one stands on it. */
  readonly socket: Socket;
  readonly address: string;
  /** Address and port of the peer. */
  readonly peer: string;
  readonly since: number;
  session: StreamSession | null;
  /** What is read from, once it is open. */
  io: Socket | null;
  hasSent: boolean;
}

/**
 * Listens for connections, plain or TLS, and hands their bytes to sessions of a protocol. Holds peers back while the
 * disk is behind, and bounds what a peer can tie up: connections, handshakes, half messages.
 */
export class StreamListener {
  readonly #options: StreamOptions;
  readonly #limits: StreamLimits;
  readonly #connections = new Map<string, Connection>();
  readonly #perAddress = new Map<string, number>();
  #server: Server | null = null;
  broken = 0;
  refused = 0;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#limits = { ...usualLimits, ...options.limits };
  }

  get port(): number | null {
    return (this.#server?.address() as AddressInfo | null | undefined)?.port ?? null;
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** Fails with the `start.*` errors of `listenSoon`, and those of the certificates. */
  async start(): Promise<void> {
    const { what, host, port, option, tls } = this.#options;
    await tls?.load();
    await listenSoon({ what, host, port, option }, () => this.#listen());
  }

  async #listen(): Promise<void> {
    const { host, port, onTrouble, what } = this.#options;
    const server = this.#makeServer();
    server.listen(port, host);
    await once(server, 'listening');
    server.on('error', (error) => onTrouble(`${what} listener`, error));
    this.#server = server;
  }

  #makeServer(): Server {
    const { tls } = this.#options;
    const keep = { keepAlive: true, keepAliveInitialDelay: 60_000 };
    if (!tls) {
      return createServer(keep, (socket) => {
        const connection = this.#admit(socket);
        if (connection) this.#open(connection, connection.address, socket);
      });
    }
    const server = createTlsServer({
      ...keep,
      ...tls.serverOptions(),
      handshakeTimeout: this.#limits.handshakeMs,
    });
    server.on('connection', (socket: Socket) => this.#admit(socket));
    server.on('secureConnection', (socket) => this.#openSecure(socket, tls));
    server.on('tlsClientError', (error, socket) => {
      this.refused += 1;
      this.#options.onTrouble(`TLS of ${plainAddress(socket.remoteAddress ?? 'unknown')}`, error);
    });
    tls.serve(server as TlsServer);
    return server;
  }

  /** Counts the connection in, or turns it away. */
  #admit(socket: Socket): Connection | null {
    const address = plainAddress(socket.remoteAddress ?? 'unknown');
    const since = this.#options.now().getTime();
    const ofAddress = this.#perAddress.get(address) ?? 0;
    const isFull = this.#connections.size >= this.#limits.connections && !this.#makeRoom(since);
    // A peer that resets mid-line is ordinary; `close` follows and takes what is there.
    socket.on('error', (error) => this.#options.onTrouble(`connection of ${address}`, error));
    if (isFull || ofAddress >= this.#limits.perAddress) {
      this.refused += 1;
      socket.destroy();
      return null;
    }
    const connection: Connection = {
      socket,
      address,
      peer: peerOf(socket),
      since,
      session: null,
      io: null,
      hasSent: false,
    };
    this.#connections.set(connection.peer, connection);
    this.#perAddress.set(address, ofAddress + 1);
    socket.once('close', () => this.#forget(connection));
    return connection;
  }

  /** Ends the oldest connection that never said anything. */
  #makeRoom(now: number): boolean {
    for (const { socket, hasSent, since } of this.#connections.values()) {
      if (hasSent || now - since < this.#limits.idleMs) continue;
      this.refused += 1;
      socket.destroy();
      return true;
    }
    return false;
  }

  #forget({ peer, address }: Connection): void {
    this.#connections.delete(peer);
    const left = (this.#perAddress.get(address) ?? 1) - 1;
    if (left <= 0) this.#perAddress.delete(address);
    else this.#perAddress.set(address, left);
  }

  #openSecure(socket: TLSSocket, tls: TlsIdentity): void {
    const connection = this.#connections.get(peerOf(socket));
    const sender = tls.senderOf(socket, plainAddress(socket.remoteAddress ?? 'unknown'));
    if (!connection || sender === null) {
      this.refused += 1;
      socket.destroy();
      return;
    }
    socket.on('error', (error) => this.#options.onTrouble(`connection of ${sender}`, error));
    this.#open(connection, sender, socket);
  }

  #open(connection: Connection, sender: string, socket: Socket): void {
    const { gate, onTrouble } = this.#options;
    const session = this.#options.open({ sender, socket });
    connection.session = session;
    connection.io = socket;
    socket.on('data', (chunk: Buffer) => {
      connection.hasSent = true;
      try {
        session.data(chunk);
      } catch (error) {
        this.broken += 1;
        onTrouble(`framing of ${sender}`, error);
        socket.destroy();
      }
      gate.holdBack(socket);
    });
    socket.once('close', () => {
      session.end();
      gate.forget(socket);
    });
  }

  /** Ends what stays unfinished too long, and serves new certificates. Call it every few seconds. */
  async tick(): Promise<void> {
    const now = this.#options.now().getTime();
    for (const { socket, session, io } of this.#connections.values()) {
      const since = session?.unfinishedSince() ?? null;
      // Who is held back cannot finish.
      if (io?.isPaused()) continue;
      if (since === null || now - since < this.#limits.unfinishedMs) continue;
      this.broken += 1;
      socket.destroy();
    }
    await this.#options.tls?.reload();
  }

  /** Stops listening; sessions answer what they can, and what they have sent is taken. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    this.#server = null;
    const closed = once(server, 'close');
    server.close();
    await Promise.all([...this.#connections.values()].map((connection) => this.#leave(connection)));
    await closed;
  }

  async #leave({ socket, session }: Connection): Promise<void> {
    if (socket.destroyed) return;
    const closed = once(socket, 'close');
    if (session?.leave) {
      const cancel = after(leaveMs, () => socket.destroy());
      await session.leave().catch((error) => this.#options.onTrouble('leaving', error));
      await closed;
      cancel();
    } else {
      socket.destroy();
      await closed;
    }
  }
}

function peerOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`;
}
