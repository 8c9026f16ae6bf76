/** How the commands about sealed logs are used; apart from their code, which is loaded when it is called. */

export const verifyHelp = `jiaodun logs verify [--dir DIR] [--catalogue FILE] [--key PUBLIC.pem] [--trust HEADS.json] [--audit FILE] [--json]
jiaodun logs verify --proof FILE [--key PUBLIC.pem]
jiaodun logs catalogue FILE
jiaodun logs proof SEGMENT:SEQ [--out FILE]
jiaodun logs forward status [--json]

verify   重算封存链，逐个核对链接、签名与封存文件，指出每一处改动、缺失、错序、截断、替换和回滚。
         Recomputes the chains of sealed segments and names every fault.
  --dir        封存文件目录；在服务器本机默认为数据目录里的 segments。Where the segment files lie.
  --catalogue  离线：导出的封存目录。Offline: an exported catalogue instead of the server.
  --key        已知的签名公钥。The signing key as known from elsewhere.
  --trust      记住见过的链头，下次能发现回滚。Remembers the heads; the next run shows a roll-back.
  --audit      审计日志导出文件，其中留有链头。An exported audit log: it holds heads of the chains.
  --proof      校验单行证明。Checks the proof of one record.
catalogue 导出封存目录，可离线校验。Exports the catalogue for offline checks.
forward  封存段转发到上级、或由下级转来的状态。How forwarding goes, to the city and from counties.
proof    为一行出具证明（编号见检索结果）。Proves one record, numbered as searches show it.
`;

export const redecodeHelp = `jiaodun logs redecode --source NAME [--unread] [--wait] [--json]

redecode 用现在的解析器重读已封存的日志，新结果替换旧结果，期间检索不受影响。
         Reads sealed logs again with the present decoder; new rows replace the old ones.
  --unread     只重读有未能解析的行的封存段。Only segments that have unread lines.
  --wait       等到完成。Waits until it is done.
`;

/** A wrong call: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A positive whole number of an option; a UsageError names the option. */
export function wholeOf(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new UsageError(`${name}: 应为正整数 a whole number, not ${text}`);
  return value;
}
