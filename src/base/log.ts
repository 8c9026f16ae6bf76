import { join } from 'node:path';
import { type DestinationStream, type Logger, multistream, pino } from 'pino';

export type { Logger };

/** Keys whose values never reach a log file, at any depth that our own objects have. */
const secretKeys = ['password', 'token', 'secret', 'authorization', 'cookie', 'phone', 'idNumber', 'totp'];

/**
 * The process's logger: JSON lines on stdout. `role` names the process.
 * Secrets, phone and ID numbers are replaced by `[redacted]` wherever one of the known keys holds them.
 */
export function createLogger(role: string, level = 'info', destination?: DestinationStream): Logger {
  const paths = secretKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`, `req.headers.${key}`]);
  const options = {
    level,
    base: { role },
    redact: { paths, censor: '[redacted]' },
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  return destination ? pino(options, destination) : pino(options);
}

/**
 * The logger of a role process: JSON lines in `<data>/log/<role>.log`, errors also on stderr, so that the
 * terminal shows what an operator must read and nothing else. Append mode: `copytruncate` rotates the file.
 */
export function createRoleLogger(role: string, config: { dataDir: string; logLevel: string }): Logger {
  const file = pino.destination({
    dest: join(config.dataDir, 'log', `${role}.log`),
    mkdir: true,
    sync: false,
  });
  const streams = multistream([
    { level: config.logLevel as 'info', stream: file },
    { level: 'error', stream: pino.destination({ dest: 2, sync: true }) },
  ]);
  return createLogger(role, config.logLevel, streams);
}
