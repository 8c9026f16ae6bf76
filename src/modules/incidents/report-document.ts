/** The incident report as files. */
import { type Paper, paperDocx, paperPdf } from '#base/paper';
import type { IncidentReport } from './report-model.ts';
import { outlineReport, reportTitle } from './report-outline.ts';

export { type IncidentReport, incidentReport, maskMac, reportCheckCode } from './report-model.ts';

function paperOf(report: IncidentReport): Paper {
  const { unit, composedAt } = report;
  return { title: reportTitle(report), author: unit.name, composedAt, blocks: outlineReport(report) };
}

/** The report as a Word document. */
export async function reportDocx(report: IncidentReport): Promise<Uint8Array> {
  return paperDocx(paperOf(report));
}

/** The report as PDF with embedded Chinese fonts. Throws when a font file cannot be read. */
export async function reportPdf(report: IncidentReport): Promise<Uint8Array> {
  return paperPdf(paperOf(report));
}
