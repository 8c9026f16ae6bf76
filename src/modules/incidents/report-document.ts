/** The incident report as files. The two writers are loaded when the first report is written, not at start. */
import type { IncidentReport } from './report-model.ts';

export { type IncidentReport, incidentReport, maskMac, reportCheckCode } from './report-model.ts';

/** The report as a Word document. */
export async function reportDocx(report: IncidentReport): Promise<Uint8Array> {
  return (await import('./report-docx.ts')).reportDocx(report);
}

/** The report as PDF with embedded Chinese fonts. Throws when a font file cannot be read. */
export async function reportPdf(report: IncidentReport): Promise<Uint8Array> {
  return (await import('./report-pdf.ts')).reportPdf(report);
}
