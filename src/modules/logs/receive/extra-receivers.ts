/** The receivers beside plain syslog: one file each, named here and started by the collector. */
import type { App } from '#base/app';
import type { Problem } from '#base/role-health';
import { flowReceiver } from './flow-receiver.ts';
import { relp, relpTls } from './relp.ts';
import type { SpoolGate } from './spool-gate.ts';
import { syslogTls } from './syslog-tls.ts';

/** How one receiver is doing. Counts are since its start. */
export interface ReceiverFigures {
  /** `null` while it does not listen. */
  readonly port: number | null;
  readonly received: number;
  /** Messages of which only the first 64 KiB were kept. */
  readonly cut: number;
  /** Connections or datagrams that did not keep to the protocol. */
  readonly broken: number;
  readonly connections?: number;
  /** Connections that were turned away: too many, or no valid certificate. */
  readonly refused?: number;
  /** Connections that are held back until the disk has caught up. */
  readonly paused?: number;
  /** Messages that a sender repeated because it had no acknowledgement, and that were here already. */
  readonly repeated?: number;
  /** Of a datagram receiver: what the kernel dropped (`null`: it does not tell), granted and wanted buffer in bytes. */
  readonly kernelDrops?: number | null;
  readonly buffer?: number | null;
  readonly wantedBuffer?: number;
}

export interface ExtraReceiver {
  /** Shown to operators: `syslog-tls`, `relp`, `netflow`. */
  readonly name: string;
  /** Listens. Fails with the `start.*` errors of `listenSoon`. */
  start(): Promise<void>;
  /** Stops listening, takes what open connections have sent and answers what can be answered. */
  stop(): Promise<void>;
  state(): Promise<ReceiverFigures>;
  /** Called every five seconds: asks for a larger buffer again, reads certificates again, ends silent connections. */
  tick?(): Promise<void>;
  /** Reasons of its own for which the collector is not well. A small buffer and drops are told from `state`. */
  problems?(): readonly Problem[];
}

/** What a receiver is made of. Records go to `gate.spool.of(sender)`; acknowledge only after `gate.durable()`. */
export interface ReceiverSite {
  readonly app: App;
  readonly gate: SpoolGate;
  readonly now: () => Date;
  readonly onTrouble: (what: string, error: unknown) => void;
}

/** Makes a receiver, or `null` when the configuration switches it off. */
export type MakeReceiver = (site: ReceiverSite) => ExtraReceiver | null;

export const extraReceivers: readonly MakeReceiver[] = [syslogTls, relp, relpTls, flowReceiver];
