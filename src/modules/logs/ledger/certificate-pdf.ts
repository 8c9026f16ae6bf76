import { fileURLToPath } from 'node:url';
import pdfmake, { type Content, type TableCell } from 'pdfmake';
import type { ContentText, TDocumentDefinitions } from 'pdfmake/interfaces.js';
import { type RetentionStatement, retentionStatement, type SignedCertificate } from '../contract.ts';
import { fingerprintOf } from '../segments/link-signature.ts';

const fontOf = (name: string) => fileURLToPath(import.meta.resolve(`@expo-google-fonts/${name}`));

const stateWords = {
  met: '已满',
  growing: '未满期，自首条起全部留存',
  short: '不足',
  none: '没有日志',
} as const;
const proofWords = {
  silence: '长时间没有日志',
  counter: '序号不连续',
  heartbeat: '心跳缺失',
  collector: '采集器未运行',
  kernel: '内核丢包',
  shedding: '主动丢弃',
} as const;
const reasonWords = {
  power: '停电',
  network: '网络中断',
  maintenance: '维护升级',
  holiday: '放假关机',
  device: '设备故障或更换',
  retired: '已停用',
  recovered: '已从文件补录',
  other: '其他',
} as const;
const mostGaps = 60;

/** The certificate as a page to print. Its text is the signed statement's; the signature and how to check it follow. */
export async function certificatePdf(id: string, signed: SignedCertificate): Promise<Uint8Array> {
  const fonts = {
    serif: fontOf('noto-serif-sc/400Regular/NotoSerifSC_400Regular.ttf'),
    sans: fontOf('noto-sans-sc/500Medium/NotoSansSC_500Medium.ttf'),
  };
  const allowed = new Set<unknown>(Object.values(fonts));
  // The library keeps fonts and policies in one object; they are set and used without a pause in between.
  pdfmake.setUrlAccessPolicy(() => false);
  pdfmake.setLocalAccessPolicy((path) => allowed.has(path));
  pdfmake.setFonts({ Serif: { normal: fonts.serif }, Sans: { normal: fonts.sans } });
  const statement = retentionStatement.parse(JSON.parse(signed.statement));
  return new Uint8Array(await pdfmake.createPdf(pageOf(id, statement, signed)).getBuffer());
}

function pageOf(id: string, statement: RetentionStatement, signed: SignedCertificate): TDocumentDefinitions {
  const issued = new Date(statement.issuedAt);
  return {
    pageSize: 'A4',
    pageMargins: [60, 60, 60, 60],
    language: 'zh-CN',
    info: {
      title: `日志留存证明 ${statement.unit.name}`,
      author: statement.unit.name,
      creator: 'Jiaodun',
      producer: 'Jiaodun',
      creationDate: issued,
      modDate: issued,
    },
    defaultStyle: { font: 'Serif', fontSize: 10.5, lineHeight: 1.2 },
    footer: (page, pages) => ({ text: `${page} / ${pages}`, alignment: 'center', fontSize: 9 }),
    content: [
      { text: '网络日志留存证明', font: 'Sans', fontSize: 20, alignment: 'center', margin: [0, 0, 0, 16] },
      table(['22%', '78%'], 0, [
        ['单位', `${statement.unit.name}（${statement.unit.code}）`],
        ['出具时间', chinaTime(statement.issuedAt)],
        ['出具人', statement.issuedBy],
        ['依据', statement.basis],
        ['证明编号', id],
      ]),
      heading('一、各日志源留存情况'),
      sourcesTable(statement),
      heading('二、缺口及说明'),
      ...gapsPart(statement),
      heading('三、封存链'),
      ...statement.heads.map(({ chain, chainSeq, link }) =>
        paragraph(`链 ${chain}，第 ${chainSeq} 段，链头 ${link}`),
      ),
      paragraph('每段封存的日志都挂在链上：改动、删除、调换任何一段，链头都会不同。'),
      heading('四、签名与核验'),
      paragraph(`声明的 SHA-256：${signed.sha256}`),
      paragraph(`签名（Ed25519）：${signed.signature}`),
      paragraph(`公钥指纹（SHA-256）：${fingerprintOf(signed.publicKey)}`),
      paragraph(
        '核验：从系统下载本证明的 JSON 文件，执行 jiaodun logs certificate --verify 文件；公钥指纹应与市局公布的一致。再执行 jiaodun logs verify 可核对封存链。',
      ),
    ],
  };
}

function sourcesTable({ sources }: RetentionStatement): Content {
  if (sources.length === 0) return paragraph('没有登记日志源。');
  const heads = ['日志源', '最早记录', '最近记录', '已留存（天）', '要求（天）', '结论', '缺口（未说明）'];
  const rows = sources.map((source) => [
    source.name,
    source.oldest === null ? '—' : chinaTime(source.oldest).slice(0, 10),
    source.newest === null ? '—' : chinaTime(source.newest).slice(0, 10),
    String(source.daysHeld),
    String(source.dutyDays),
    stateWords[source.state],
    `${source.gaps}（${source.openGaps}）`,
  ]);
  return table(['25%', '14%', '14%', '10%', '10%', '14%', '13%'], 1, [heads, ...rows]);
}

function gapsPart({ gaps, sources }: RetentionStatement): Content[] {
  if (gaps.length === 0) return [paragraph('没有缺口。')];
  const all = sources.reduce((sum, source) => sum + source.gaps, 0);
  const rows = gaps
    .slice(0, mostGaps)
    .map((gap) => [
      gap.source,
      `${chinaTime(gap.began)} 至 ${gap.ended === null ? '今' : chinaTime(gap.ended)}`,
      proofWords[gap.proof] + (gap.lost === null ? '' : `，缺 ${gap.lost} 条`),
      gap.reason === null ? '未说明' : `${reasonWords[gap.reason]}：${gap.words ?? ''}`,
    ]);
  const parts = [table(['20%', '30%', '20%', '30%'], 1, [['日志源', '时间', '依据', '说明'], ...rows])];
  if (gaps.length > mostGaps) {
    parts.push(paragraph(`以上为最近 ${mostGaps} 处；日志源共有缺口 ${all} 处，其余见 JSON 文件和系统。`));
  }
  return parts;
}

function heading(text: string): Content {
  return { text, font: 'Sans', fontSize: 13, margin: [0, 12, 0, 6] };
}

function paragraph(text: string): Content {
  return { text: runs(text), margin: [0, 0, 0, 4] };
}

function table(widths: string[], headerRows: number, rows: string[][]): Content {
  const body: TableCell[][] = rows.map((row, i) =>
    row.map((text, j) => ({
      text: runs(text),
      ...(i < headerRows || (headerRows === 0 && j === 0) ? { font: 'Sans' } : {}),
    })),
  );
  return {
    fontSize: 9,
    margin: [0, 2, 0, 6],
    table: { widths, body, headerRows },
    layout: { hLineWidth: () => 0.5, vLineWidth: () => 0.5 },
  };
}

/** Long Latin runs (hashes) may break anywhere, or they would leave the page. */
function runs(text: string): ContentText[] {
  return text
    .split(/([!-~]{20,})/)
    .filter((part) => part !== '')
    .map(
      (part): ContentText =>
        /^[!-~]{20,}$/.test(part) ? { text: part, wordBreak: 'break-all' } : { text: part },
    );
}

/** `2026-11-22 21:05` in China, which has no summer time. */
function chinaTime(moment: string): string {
  return new Date(Date.parse(moment) + 8 * 3_600_000).toISOString().slice(0, 16).replace('T', ' ');
}
