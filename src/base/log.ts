import { type DestinationStream, type Logger, pino } from 'pino';

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
