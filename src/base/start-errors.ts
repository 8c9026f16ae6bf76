/** Why the system, or one role of it, could not start: what an operator can act on. */
import { createServer } from 'node:net';
import type { ErrorCode } from '#base/contract';
import { AppError, registerErrors } from '#base/errors';
import { pause } from '#base/timers';

export const startErrors = {
  'start.port_taken': {
    status: 409,
    zh: '端口 {port}（{what}）已被另一个程序占用；请停止它，或换一个端口：{option}',
    en: 'Port {port} ({what}) is taken by another program; stop it, or choose another port: {option}',
  },
  'start.port_forbidden': {
    status: 403,
    zh: '当前用户不能使用端口 {port}（{what}）；请换一个 1024 以上的端口：{option}',
    en: 'This user may not listen on port {port} ({what}); choose one above 1023: {option}',
  },
  'start.no_such_address': {
    status: 400,
    zh: '本机没有地址 {host}（{what}）；请改正：{option}',
    en: 'This machine has no address {host} ({what}); correct it: {option}',
  },
  'start.no_database': {
    status: 400,
    zh: '本机不运行 postgres 角色，需要用环境变量 DATABASE_URL 指定数据库',
    en: 'Without the postgres role the variable DATABASE_URL must name the database',
  },
  'start.no_log_store': {
    status: 400,
    zh: '本机不运行 logstore 角色，需要用环境变量 CLICKHOUSE_URL 指定日志库',
    en: 'Without the logstore role the variable CLICKHOUSE_URL must name the log store',
  },
  'start.role_failed': {
    status: 500,
    zh: '角色 {role} 没有启动：{reason}；详情见 {log}',
    en: 'The role {role} did not start: {reason}; details are in {log}',
  },
} as const satisfies Record<string, ErrorCode>;
registerErrors(startErrors);

/** What wants to listen: `what` for the reader, `option` is how to choose otherwise. */
export interface Listening {
  readonly what: string;
  readonly host: string;
  readonly port: number;
  readonly option: string;
}

const tries = 20;
const betweenMs = 250;

/**
 * Listens; a port that is taken is tried again for five seconds, because a killed predecessor may hold it while
 * it stops. Fails with `start.port_taken`, `start.port_forbidden` or `start.no_such_address`.
 */
export async function listenSoon<T>(place: Listening, listen: () => Promise<T>): Promise<T> {
  for (let left = tries; ; left -= 1) {
    try {
      return await listen();
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'EACCES') throw new AppError('start.port_forbidden', { ...place }, error);
      if (code === 'EADDRNOTAVAIL') throw new AppError('start.no_such_address', { ...place }, error);
      if (code !== 'EADDRINUSE') throw error;
      // The demonstration has several ports: its error names the one at fault.
      const { port = place.port } = error as { port?: number };
      if (left === 0) throw new AppError('start.port_taken', { ...place, port }, error);
      await pause(betweenMs);
    }
  }
}

/** Tries a TCP port and gives it back: the same failures as `listenSoon`, before anything has been started. */
export function demandPort(place: Listening): Promise<void> {
  return listenSoon(
    place,
    () =>
      new Promise<void>((resolve, reject) => {
        const probe = createServer();
        probe.once('error', reject);
        probe.listen(place.port, place.host, () => probe.close(() => resolve()));
      }),
  );
}
