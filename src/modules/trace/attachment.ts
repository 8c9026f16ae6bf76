/** What the files of a trace are called. Pure. */

/** Of what no file system minds: the kind of file, the case number, the end of the trace's number. */
export function fileNameOf(
  what: string,
  { caseNo, id }: { readonly caseNo: string; readonly id: string },
  extension: string,
): string {
  const plain = caseNo.replace(/[\p{C}\s\\/:*?"<>|]+/gu, '-').slice(0, 60);
  return `${what}-${plain}-${id.slice(-8)}.${extension}`;
}

/** Value of Content-Disposition; `plain` is for clients that do not know RFC 8187. */
export function attachmentOf(plain: string, fileName: string): string {
  return `attachment; filename="${plain}"; filename*=UTF-8''${escaped(fileName)}`;
}

/** As RFC 8187 wants it: brackets of a case number escaped, too. */
function escaped(name: string): string {
  return encodeURIComponent(name).replace(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
