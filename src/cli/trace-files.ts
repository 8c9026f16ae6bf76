/** `jiaodun trace list`, `show`, `report` and `bag`: what earlier traces came to, for people and for files. */
import { writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { parseArgs } from 'node:util';
import { getTrace, listTraces, traceBagFile, traceReportFile } from '#trace/contract';
import { beijing } from './beijing.ts';
import type { ClientIo } from './commands.ts';
import { codeOf, placeOf, printable, textOf, verdicts, wrongUsage } from './trace-flags.ts';

export const listUsage = `jiaodun trace list [--q IP|CASE] [--json]
`;
export const filesUsage = `jiaodun trace show ID [--json]
jiaodun trace report ID --out FILE.pdf|FILE.docx
jiaodun trace bag ID --out FILE.zip
`;

const options = {
  q: { type: 'string' },
  out: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

export async function showTraces(argv: string[], io: ClientIo, help: string): Promise<number> {
  const { values, positionals } = parseArgs({ args: argv, allowPositionals: true, options });
  if (positionals.length > 0) return wrongUsage(io, `多余的参数 unexpected: ${positionals.join(' ')}`, help);
  const query = { pageSize: 100, ...(values.q && { q: values.q }) };
  const reply = await io.client.call(listTraces, { query });
  if (values.json) io.stdout(`${JSON.stringify(reply, null, 2)}\n`);
  else if (reply.items.length === 0) io.stdout('没有溯源记录 no traces\n');
  else
    for (const one of reply.items) {
      const place = placeOf(one.ip, one.port);
      io.stdout(
        `${one.id}  ${beijing(one.askedAt)}  ${place} @ ${beijing(one.at)}  ${verdicts[one.verdict]}  ${printable(one.caseNo)}\n`,
      );
    }
  return 0;
}

export async function showTrace(argv: string[], io: ClientIo, help: string): Promise<number> {
  const { values, positionals } = parseArgs({ args: argv, allowPositionals: true, options });
  const [id, ...more] = positionals;
  if (id === undefined || more.length > 0) return wrongUsage(io, '请给出一个编号 name one ID', help);
  const trace = await io.client.call(getTrace, { params: { id } });
  io.stdout(values.json ? `${JSON.stringify(trace, null, 2)}\n` : textOf(trace));
  return codeOf(trace.verdict);
}

/** The report in Chinese for the police, without names. */
export async function reportTrace(argv: string[], io: ClientIo, help: string): Promise<number> {
  const { values, positionals } = parseArgs({ args: argv, allowPositionals: true, options });
  const [id, ...more] = positionals;
  const format = extname(values.out ?? '')
    .slice(1)
    .toLowerCase();
  if (id === undefined || more.length > 0) return wrongUsage(io, '请给出一个编号 name one ID', help);
  if (format !== 'pdf' && format !== 'docx') return wrongUsage(io, '--out FILE.pdf | FILE.docx', help);
  const bytes = await io.client.download(traceReportFile, { params: { id, format } });
  return save(io, values.out!, bytes);
}

/** The evidence bag, from which `jiaodun trace verify` works the answer out again. */
export async function bagTrace(argv: string[], io: ClientIo, help: string): Promise<number> {
  const { values, positionals } = parseArgs({ args: argv, allowPositionals: true, options });
  const [id, ...more] = positionals;
  if (id === undefined || more.length > 0) return wrongUsage(io, '请给出一个编号 name one ID', help);
  if (!values.out) return wrongUsage(io, '--out FILE.zip', help);
  return save(io, values.out, await io.client.download(traceBagFile, { params: { id } }));
}

/** A file that cannot be written is told by the caller. */
async function save(io: ClientIo, file: string, bytes: Uint8Array): Promise<number> {
  await writeFile(file, bytes);
  io.stdout(`${file}\n`);
  return 0;
}
