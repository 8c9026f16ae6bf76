import { createReadStream } from 'node:fs';
import { stat, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { allocationSheet, deviceSheet, importAllocations, importDevices } from '#addresses/contract';
import type { ImportReply, SheetSpec } from '#base/contract';
import { AppError, fail, registerErrors } from '#base/errors';
import { writeTemplate } from '#base/sheet';
import { importSites, siteSheet } from '#sites/contract';
import { getErrorWorkbook, importPeople, importUnits, peopleSheet, unitSheet } from '#units/contract';
import { importWords, wordSheet } from '#watch/contract';
import type { ClientIo } from './commands.ts';
import { fileReason, whyUnwritable } from './file-words.ts';

const kinds = {
  units: { sheet: unitSheet, route: importUnits },
  people: { sheet: peopleSheet, route: importPeople },
  sites: { sheet: siteSheet, route: importSites },
  allocations: { sheet: allocationSheet, route: importAllocations },
  devices: { sheet: deviceSheet, route: importDevices },
  words: { sheet: wordSheet, route: importWords },
} as const satisfies Record<string, { sheet: SheetSpec; route: typeof importUnits }>;

const importErrors = {
  'cli.import_cut': {
    status: 503,
    zh: '导入途中服务器断开了（{reason}）：要么全部好行已经入库，要么一行也没有。服务器恢复后把同一条命令再运行一次即可，已入库的行不会重复',
    en: 'The server ended in the middle of the import ({reason}): either all good rows are stored or none. Run the same command again once it is back; rows that are stored already are not doubled',
  },
} as const;
registerErrors(importErrors);

type Kind = keyof typeof kinds;
const kindNames = Object.keys(kinds).join(' | ');

const help = `jiaodun import KIND FILE [--errors OUT.xlsx] [--json]
jiaodun import --template KIND [--format csv|xlsx] [--out FILE]

从 .xlsx 或 .csv 导入；好的行保留，坏的行按行列说明原因。
Imports from .xlsx or .csv; good rows are kept, bad ones are told by row and column.

  KIND        ${kindNames}
  --errors    把被拒的行连同原因存为工作簿 saves the rejected rows with their reasons
  --template  空白模板 the empty template (no server needed); csv goes to standard output unless --out is
              given, xlsx to KIND.xlsx

退出码 Exit code: 0 全部导入 all rows imported, 1 有行被拒 some rows rejected, 2 用法或文件错误 usage or file error
`;

/** `jiaodun import …`. Errors of the server (also a file that it cannot read) go up to the caller. */
export async function importCommand(argv: string[], io: ClientIo): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      template: { type: 'string' },
      format: { type: 'string', default: 'csv' },
      out: { type: 'string' },
      errors: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    io.stdout(help);
    return 0;
  }
  if (values.template !== undefined) {
    if (positionals.length > 0) return wrong(io, `多余的参数 unexpected: ${positionals.join(' ')}`);
    return printTemplate(io, values.template, values.format, values.out);
  }
  const [kind = '', file, ...more] = positionals;
  if (!isKind(kind)) return wrong(io, `KIND: ${kindNames}`);
  if (file === undefined || more.length > 0) return wrong(io, '请给出一个文件 name one file');
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => error);
  if (found instanceof Error) return wrong(io, `读不到文件 cannot read ${file}: ${fileReason(found)}`);
  if (!found.isFile()) return wrong(io, `不是文件 not a file: ${file}`);
  // Before the rows are taken: a result that cannot be written helps nobody.
  const unwritable = values.errors === undefined ? null : await whyUnwritable(values.errors);
  if (unwritable) return wrong(io, unwritable);
  const query = { fileName: basename(file) };
  const reply = await io.client.upload(kinds[kind].route, { query }, createReadStream(file)).catch(tellCut);
  if (values.errors !== undefined && reply.errorWorkbook !== null) {
    const params = { id: reply.errorWorkbook };
    await writeFile(values.errors, await io.client.download(getErrorWorkbook, { params }));
  }
  io.stdout(values.json ? jsonOf(reply) : textOf(reply, values.errors));
  return reply.rejected > 0 ? 1 : 0;
}

/** Good rows are stored in one transaction and known by their key: running it again repairs and doubles nothing. */
function tellCut(error: unknown): never {
  if (!(error instanceof AppError) || error.code !== 'cli.connection_lost') throw error;
  fail('cli.import_cut', { reason: error.details.reason }, error);
}

function isKind(text: string): text is Kind {
  return Object.hasOwn(kinds, text);
}

function wrong(io: ClientIo, message: string): number {
  io.stderr(`${help}\n${message}\n`);
  return 2;
}

async function printTemplate(
  io: ClientIo,
  kind: string,
  format: string,
  out: string | undefined,
): Promise<number> {
  if (!isKind(kind)) return wrong(io, `--template: ${kindNames}`);
  if (format !== 'csv' && format !== 'xlsx') return wrong(io, '--format: csv | xlsx');
  const bytes = await writeTemplate(kinds[kind].sheet, format);
  if (format === 'csv' && out === undefined) {
    io.stdout(Buffer.from(bytes).toString('utf8'));
    return 0;
  }
  const path = out ?? `${kind}.xlsx`;
  // A name that the user did not choose overwrites nothing.
  const failed = await writeFile(path, bytes, { flag: out === undefined ? 'wx' : 'w' }).catch(
    (error: NodeJS.ErrnoException) => error,
  );
  if (failed) return wrong(io, `写不了文件 cannot write ${path}: ${failed.code}`);
  io.stdout(`${path}\n`);
  return 0;
}

/** The shape that the CLI promises: nothing but these four. */
/** The shape that the CLI promises; what was not read is named only when there is such. */
function jsonOf(reply: ImportReply): string {
  const { accepted, rejected, errors, created, updated, unchanged, unknownColumns, otherSheets } = reply;
  const unread = {
    ...(unknownColumns?.length && { unknownColumns }),
    ...(otherSheets?.length && { otherSheets }),
  };
  return `${JSON.stringify({ accepted, rejected, errors, created, updated, unchanged, ...unread }, null, 2)}\n`;
}

function textOf(reply: ImportReply, saved: string | undefined): string {
  const lines = [
    `导入 ${reply.accepted} 行，拒绝 ${reply.rejected} 行 imported ${reply.accepted}, rejected ${reply.rejected}`,
  ];
  if (reply.created !== undefined) {
    const { created, updated = 0, unchanged = 0 } = reply;
    lines.push(`新增 created ${created}，更新 updated ${updated}，未变 unchanged ${unchanged}`);
  }
  if (reply.unknownColumns?.length) {
    lines.push(`没有读取的列 columns not read: ${reply.unknownColumns.join('、')}`);
  }
  if (reply.otherSheets?.length)
    lines.push(`没有读取的工作表 sheets not read: ${reply.otherSheets.join('、')}`);
  for (const { row, column, message, follows } of reply.errors) {
    if (follows === undefined) lines.push(`  第 ${row} 行 ${column}: ${message}`);
  }
  const following = Map.groupBy(
    reply.errors.filter(({ follows }) => follows !== undefined),
    ({ follows }) => follows,
  );
  for (const [cause, rows] of following) {
    const names = rows.map(({ row }) => row).join(', ');
    lines.push(
      `  随第 ${cause} 行 follow from row ${cause}: 第 ${names} 行，这些行本身不用改 nothing to change in them`,
    );
  }
  if (saved !== undefined && reply.errorWorkbook !== null) lines.push(`错误工作簿 error workbook: ${saved}`);
  return `${lines.join('\n')}\n`;
}
