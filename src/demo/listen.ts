/** Servers of the demonstration listen on loopback only. */
import type { AddressInfo, Server } from 'node:net';

const LOOPBACK = '127.0.0.1';

/** Listens on 127.0.0.1:`port` (0: any free one) and gives the port taken; a taken port is a plain error. */
export function listenOn(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const refuse = (error: NodeJS.ErrnoException): void => {
      reject(error.code === 'EADDRINUSE' ? new PortTakenError(port) : error);
    };
    server.once('error', refuse);
    server.listen(port, LOOPBACK, () => {
      server.off('error', refuse);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** Another program listens on the port that was asked for. */
export class PortTakenError extends Error {
  /** As the system calls it. */
  readonly code = 'EADDRINUSE';
  readonly port: number;
  constructor(port: number) {
    super(`port ${port} on ${LOOPBACK} is taken by another program`);
    this.port = port;
  }
}

/** Stops listening and ends open connections. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    if (!server.listening) return resolve();
    server.close((error) => (error ? reject(error) : resolve()));
    if ('closeAllConnections' in server) (server.closeAllConnections as () => void)();
  });
}
