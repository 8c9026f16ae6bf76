/** The reader of pdf.js, whose package declares only the part for pages. */
declare module 'pdfjs-dist/legacy/build/pdf.worker.mjs' {
  export const WorkerMessageHandler: object;
}
