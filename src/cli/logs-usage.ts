/** How the commands about sealed logs are used; apart from their code, which is loaded when it is called. */
import { readingPurpose, rowKind } from '#logs/contract';

export const verifyHelp = `jiaodun logs verify [--dir DIR] [--catalogue FILE] [--key PUBLIC.pem] [--trust HEADS.json] [--audit FILE]
                    [--strict] [--json]
jiaodun logs verify --proof FILE [--key PUBLIC.pem]
jiaodun logs catalogue FILE
jiaodun logs proof SEGMENT:SEQ [--case NO] [--reason TEXT] [--out FILE]
jiaodun logs forward status [--json]

verify   重算封存链，逐个核对链接、签名与封存文件，指出每一处改动、缺失、错序、截断、追加、替换和回滚；
         重算已清除日志的摘要。目录里没有登记的文件只作提示。Recomputes the chains of sealed segments and the digests of
         what was dropped, and names every fault. Files that the catalogue does not name are notes only.
  --dir        封存文件目录；在服务器本机默认为数据目录里的 segments。Where the segment files lie.
  --catalogue  离线：导出的封存目录。Offline: an exported catalogue instead of the server.
  --key        已知的签名公钥。The signing key as known from elsewhere.
  --trust      记住见过的链头，下次能发现回滚。Remembers the heads; the next run shows a roll-back.
  --audit      审计日志导出文件，其中留有链头。An exported audit log: it holds heads of the chains
               and digests of dropped days.
  --strict     有提示也返回 1。Answers 1 when there is a note, too.
  --proof      校验单行证明。Checks the proof of one record.
catalogue 导出封存目录，可离线校验。Exports the catalogue for offline checks.
forward  封存段转发到上级、或由下级转来的状态。How forwarding goes, to the city and from counties.
proof    为一行出具证明（编号见检索结果）；经 TCP 一起收到的行在同一片里，会一并给出，所以要写明案件编号或理由。
         Proves one record, numbered as searches show it, with a case or a reason: lines that came together over TCP
         are one piece, and all of it is in the proof.
`;

export const ledgerHelp = `jiaodun logs coverage --source NAME [--from TIME] [--to TIME] [--gap SECONDS] [--json]
jiaodun logs certificate [--unit CODE] [--out FILE.json] [--json]
jiaodun logs certificate --verify FILE.json

coverage    这段时间能不能依赖这个日志源，以及原因；默认最近 24 小时。退出码 1：不能。
            Whether a source can be relied on for a time, with reasons; exit code 1: it cannot.
  --gap        超过多少秒没有日志算缺口；默认按平时数量判断。Silence that counts, in seconds.
certificate 出具日志留存证明（默认本单位），或校验保存的证明。退出码 1：已被改动。
            Issues a signed certificate of retention, or checks a saved one; exit code 1: it was changed.
`;

export const redecodeHelp = `jiaodun logs redecode --source NAME [--unread] [--wait] [--json]

redecode 用现在的解析器重读已封存的日志，新结果替换旧结果，期间检索不受影响。
         Reads sealed logs again with the present decoder; new rows replace the old ones.
  --unread     只重读有未能解析的行的封存段。Only segments that have unread lines.
  --wait       等到完成。Waits until it is done.
`;

export const sourcesHelp = `jiaodun logs sources [--state active|quarantined|retired] [--q TEXT] [--json]
jiaodun logs adopt SENDER --name NAME [--format FORMAT] [--unit CODE] [--zone ZONE] [--realm NAME] [--host HOST]
              [--case NO | --reason TEXT] [--json]
jiaodun logs clock SOURCE [--shown 'DATE TIME' --at TIME --note TEXT [--within SECONDS]] [--json]

sources  日志源与未登记的发送方。Log sources, and senders that nobody has registered.
adopt    把未登记的发送方（地址或 cert:指纹）收编为日志源；不写 --format 时取最能读懂其行的格式
         （至少一半的行），为此要读原始行，所以要写事由。Makes an unregistered sender a source; without --format the one
         that reads its lines best, at least half of them: for that lines are read, which needs a case or a reason.
clock    时钟偏差；带 --shown 时登记一次人工对时（设备显示的时间与当时的标准时间）。How far its clock was off; with --shown
         notes what its display showed at the right time --at, for sources whose logs come as files.
`;

export const searchUsage = `jiaodun logs search CONDITIONS WHY [--limit N] [--cursor MARK] [--json]
jiaodun logs top FIELD CONDITIONS WHY [--limit N] [--json]
jiaodun logs export FILE CONDITIONS --case NO --reason TEXT [--json]
`;

export const searchHelp = `search   检索，最新的在前。Rows, newest first.
top      出现最多的值。The most frequent values of a field.
export   把结果封成证据包（最新 20000 条，名字用代号）。The result as a sealed bag, names as tokens.
  条件 CONDITIONS  --from TIME  --to TIME（默认最近 24 小时 the last 24 hours）  --source NAME
            --unit CODE（含下级 and below）  --ip ADDRESS|PREFIX  --port N  --host HOST  --mac MAC
            --user NAME|TOKEN  --device NAME|TOKEN  --q 'status:>=500 -act:TCP_DENIED "text"'
            --kind ${rowKind.options.join('|')}
  事由 WHY  --case NO | --reason TEXT | --purpose ${readingPurpose.options.join('|')}（本校自查 own school）
`;

export const retentionHelp = `jiaodun logs retention [classes|plans|places|propose] [--json]
jiaodun logs retention confirm ID --segments N --note TEXT
jiaodun logs retention approve|refuse ID --note TEXT
jiaodun logs hold [list] [--json]
jiaodun logs hold place --case NO --reason TEXT (--source NAME --from TIME [--to TIME] | --segment N)
jiaodun logs hold lift ID --reason TEXT
jiaodun logs hold accept|keep ID [--note TEXT]

retention 留存期限、到期清除清单与存放位置；清除要两个人先后同意。
          How long logs are kept, what may be dropped, where they lie; dropping takes two people.
hold      冻结案件所需日志；解除要两个人。What a case holds; lifting takes two people.
`;

/** A wrong call: exit code 2. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError';
}

/** The call is right, what it names is not: exit code 2, without a word about usage. */
export class InputError extends UsageError {
  override readonly name = 'InputError';
}

/** A positive whole number of an option; a UsageError names the option. */
export function wholeOf(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new UsageError(`${name}: 应为正整数 a whole number, not ${text}`);
  return value;
}
