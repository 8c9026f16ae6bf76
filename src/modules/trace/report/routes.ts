import { type Exchange, type Handler, handleRaw } from '#base/http';
import { attachmentOf } from '../attachment.ts';
import * as contract from '../contract/report.ts';
import { writeAnnex, writeReport } from './write-report.ts';

const types = {
  pdf: 'application/pdf',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
} as const;

export const reportRoutes: Handler[] = [
  handleRaw(contract.traceReportFile, async (app, actor, { params }, { reply }) =>
    send(reply, params.format, await writeReport(app, actor, params.id, params.format)),
  ),
  handleRaw(contract.nameAnnexFile, async (app, actor, { params }, { reply }) =>
    send(reply, params.format, await writeAnnex(app, actor, params.id, params.format)),
  ),
];

function send(
  reply: Exchange['reply'],
  format: keyof typeof types,
  file: { fileName: string; bytes: Uint8Array },
) {
  return reply
    .type(types[format])
    .header('content-disposition', attachmentOf(`report.${format}`, file.fileName))
    .header('cache-control', 'no-store')
    .send(Buffer.from(file.bytes));
}
