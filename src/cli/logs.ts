import type { ClientIo } from './commands.ts';
import { uploadHelp, uploadLogs, uploadUsage } from './logs-upload.ts';
import {
  InputError,
  ledgerHelp,
  redecodeHelp,
  retentionHelp,
  searchHelp,
  searchUsage,
  sourcesHelp,
  UsageError,
  verifyHelp,
} from './logs-usage.ts';

const help = `${uploadUsage}${searchUsage}
导入与检索日志。Takes log files and searches the logs.

${uploadHelp}${searchHelp}
${redecodeHelp}
${sourcesHelp}
${ledgerHelp}
${retentionHelp}
${verifyHelp}
Exit code: 0 done (also when nothing was found), 1 not whole (verify, coverage, certificate), 2 wrong use or input.
`;

/** `jiaodun logs …`. Answers the exit code; errors of the server go up to the caller. */
export async function logsCommand(argv: string[], io: ClientIo): Promise<number> {
  const [verb, ...rest] = argv;
  if (verb === undefined || verb === '--help' || verb === '-h' || rest.includes('--help')) {
    io.stdout(help);
    return verb === undefined ? 2 : 0;
  }
  try {
    if (verb === 'upload') return await uploadLogs(rest, io);
    if (verb === 'search') return await (await import('./logs-search.ts')).searchCommand(rest, io);
    if (verb === 'top') return await (await import('./logs-search.ts')).topCommand(rest, io);
    if (verb === 'export') return await (await import('./logs-search.ts')).exportCommand(rest, io);
    if (verb === 'redecode') return await (await import('./logs-redecode.ts')).redecodeLogs(rest, io);
    if (verb === 'sources') return await (await import('./logs-sources.ts')).listLogSources(rest, io);
    if (verb === 'adopt') return await (await import('./logs-sources.ts')).adoptLogSource(rest, io);
    if (verb === 'clock') return await (await import('./logs-clock.ts')).clockOfSource(rest, io);
    if (verb === 'coverage') return await (await import('./logs-coverage.ts')).coverage(rest, io);
    if (verb === 'certificate') return await (await import('./logs-coverage.ts')).certificate(rest, io);
    if (verb === 'retention') return await (await import('./logs-retention.ts')).retentionCommand(rest, io);
    if (verb === 'hold') return await (await import('./logs-retention.ts')).holdCommand(rest, io);
    if (verb === 'verify') return await (await import('./logs-verify.ts')).verifyLogs(rest, io);
    if (verb === 'catalogue') return await (await import('./logs-verify.ts')).saveCatalogue(rest, io);
    if (verb === 'proof') return await (await import('./logs-verify.ts')).proveLog(rest, io);
    if (verb === 'forward') return await (await import('./logs-forward.ts')).forwardLogs(rest, io);
    throw new UsageError(`没有这个子命令 no such command: logs ${verb}`);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (!(error instanceof UsageError) && !code.startsWith('ERR_PARSE_ARGS')) throw error;
    const hint = error instanceof InputError ? '' : '用法 usage: jiaodun logs --help\n';
    io.stderr(`${(error as Error).message}\n${hint}`);
    return 2;
  }
}
