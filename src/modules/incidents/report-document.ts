/** The incident report as files. */
export { reportDocx } from './report-docx.ts';
export { type IncidentReport, incidentReport, maskMac, reportCheckCode } from './report-model.ts';
export { reportPdf } from './report-pdf.ts';
