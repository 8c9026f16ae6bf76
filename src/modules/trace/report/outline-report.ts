/** What the report of a trace says, in reading order. Pure. */
import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { chineseTime, clean, type Paper, type PaperBlock, stampTime } from '#base/paper';
import type { Trace } from '../contract.ts';

export interface ReportClock {
  readonly source: string;
  /** Ahead of ours in milliseconds; null: nothing is known of this clock. */
  readonly offsetMs: number | null;
  readonly spreadMs: number | null;
}

export interface TraceReport {
  readonly trace: Trace;
  /** Office that issues it, and who composed it. */
  readonly unitName: string;
  readonly composedBy: string;
  readonly composedAt: string;
  readonly clocks: readonly ReportClock[];
  /** Decoder (`format/version`) of a raw line by `segment:record`. */
  readonly decoders: ReadonlyMap<string, string>;
}

const verdicts: Record<Trace['verdict'], string> = {
  proven: '已证实：只有一个候选，每一环节均有原始记录证明',
  probable: '很可能：只有一个候选，但有环节缺少独立的直接记录',
  ambiguous: '无法唯一确定：现有记录指向多个候选，本报告不作选择',
  not_provable: '无法证明：现有记录不足以确定来源，不得据此认定任何人',
};
const stepNames: Readonly<Record<string, string>> = {
  nat: '地址转换',
  block: '端口块分配',
  rule: '固定端口规则',
  proxy: '代理请求',
  lease: '地址租约',
  sighting: '在线观测',
  register: '设备台账',
  custody: '保管人登记',
};
const states = { covered: '有完整记录', gap: '记录有缺口', unknown: '无法判断' } as const;
const numerals = ['', '一', '二', '三', '四', '五', '六', '七', '八', '九'];

/** 1 to 99 as headings are numbered: 一, 十, 十一, 二十, 二十一. */
function chineseNumber(value: number): string {
  const tens = Math.floor(value / 10);
  return tens === 0 ? numerals[value]! : `${tens === 1 ? '' : numerals[tens]}十${numerals[value % 10]}`;
}

/** The UTC times of a text in China Standard Time, as all others of the report. */
function inChina(text: string): string {
  return text.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z/g, (time) => stampTime(time, false));
}

/** The code that ties a printed report to its data: SHA-256 of the trace's canonical JSON, its first 20 digits. */
export function checkCodeOf(trace: Trace): string {
  const { milliseconds: _took, ...facts } = trace;
  const digest = createHash('sha256')
    .update(canonicalize(facts) ?? '')
    .digest('hex');
  return digest
    .slice(0, 20)
    .toUpperCase()
    .replace(/(.{4})(?=.)/g, '$1-');
}

export function outlineReport(report: TraceReport): Paper {
  const { trace } = report;
  const title = '网络地址溯源情况报告';
  const sections: [string, PaperBlock[]][] = [
    ['查询事项', [{ kind: 'facts', rows: questionRows(report) }]],
    ['结论', conclusion(trace)],
    ['证据链', chains(report)],
    ['日志完整性与时钟', coverage(report)],
    ['未能证明的事项', unproven(trace)],
    ['核验方法', method()],
  ];
  const body = sections.flatMap(([heading, blocks], index): PaperBlock[] => [
    { kind: 'heading', text: `${chineseNumber(index + 1)}、${heading}` },
    ...blocks,
  ]);
  return {
    title,
    author: report.unitName,
    composedAt: report.composedAt,
    blocks: [
      { kind: 'number', text: `案件编号：${clean(trace.caseNo)}` },
      { kind: 'title', text: title },
      paragraph(
        '根据下列查询事项，对本系统封存的日志和登记的台账进行核查，现将结果报告如下。文中时间除注明外均为北京时间（UTC+08:00）。',
      ),
      ...body,
      { kind: 'signature', text: clean(report.unitName) },
      { kind: 'signature', text: chineseTime(report.composedAt).slice(0, -5) },
      { kind: 'code', label: '校验码', text: checkCodeOf(trace) },
      {
        kind: 'note',
        text: '本报告由系统依据封存的日志和台账生成，版式为自行编排，并非法定或官方制式文书。报告不含姓名；姓名依两人审批另附密封附件。',
      },
    ],
  };
}

function questionRows({ trace, composedBy, composedAt }: TraceReport): [string, string][] {
  return [
    ['公网地址', trace.ip],
    ['端口', trace.port === null ? '未提供' : String(trace.port)],
    ['协议', trace.proto?.toUpperCase() ?? '未提供（TCP 与 UDP 都查）'],
    ['所问时刻', `${stampTime(trace.at)}\n即 ${trace.at}`],
    ...(trace.dstIp === null
      ? []
      : ([['对端地址', `${trace.dstIp}${trace.dstPort === null ? '' : ` 端口 ${trace.dstPort}`}`]] as [
          string,
          string,
        ][])),
    ...(trace.url === null ? [] : ([['网址或域名', clean(trace.url)]] as [string, string][])),
    ...(trace.forwardedBy === null ? [] : ([['转报者', trace.forwardedBy]] as [string, string][])),
    ...(trace.toleranceSeconds > 0
      ? ([['来函时间误差', `±${trace.toleranceSeconds} 秒`]] as [string, string][])
      : []),
    ['依据截至', stampTime(trace.knownAt)],
    ['案件编号', clean(trace.caseNo)],
    ['查询理由', clean(trace.reason)],
    ['查询人', clean(trace.askedBy)],
    ['查询时间', stampTime(trace.askedAt)],
    ['查询编号', trace.id],
    ['报告生成', `${clean(composedBy)}，${stampTime(composedAt)}`],
  ];
}

function conclusion(trace: Trace): PaperBlock[] {
  const rows = trace.candidates.map((one, index) =>
    one.outsideScope
      ? [String(index + 1), '属于查询人管理范围以外的单位', '—', '—']
      : [
          String(index + 1),
          [one.unitName ?? '单位未知', one.room ?? '房间未登记'].map(clean).join('\n'),
          [
            one.assetNo ?? '设备未登记',
            one.mac === null ? '' : `${one.mac}${one.macRandom ? '（随机地址）' : ''}`,
          ]
            .filter((part) => part !== '')
            .map(clean)
            .join('\n'),
          `${one.insideIp}\n${clean(one.realm)}`,
        ],
  );
  return [
    paragraph(`结论为“${verdicts[trace.verdict]}”。`),
    ...trace.because.map((reason, index) => paragraph(`${index + 1}．${clean(reason.zh)}`)),
    ...(rows.length === 0
      ? [paragraph('没有候选。')]
      : [
          {
            kind: 'table' as const,
            heads: ['候选', '单位与房间', '设备', '内网地址'],
            widths: [10, 34, 32, 24],
            rows,
          },
        ]),
  ];
}

function chains({ trace, decoders }: TraceReport): PaperBlock[] {
  const shown = trace.candidates.flatMap((one, index) => (one.outsideScope ? [] : [{ one, index }]));
  if (shown.length === 0) return [paragraph('没有可以列出的证据链。')];
  return shown.flatMap(({ one, index }): PaperBlock[] => [
    { kind: 'subheading', text: `（${chineseNumber(index + 1)}）候选 ${index + 1}` },
    ...one.steps.flatMap((step, number) => stepBlocks(step, number, decoders)),
  ]);
}

function stepBlocks(
  step: Trace['candidates'][number]['steps'][number],
  number: number,
  decoders: ReadonlyMap<string, string>,
): PaperBlock[] {
  const when = step.at === null ? '' : `，${stampTime(step.at)}`;
  const lead = `${number + 1}．${stepNames[step.kind] ?? step.kind}${when}：${clean(step.says.zh)}`;
  if (step.segment === null) return [paragraph(lead)];
  const place = `${step.segment}:${step.record}`;
  const rows: [string, string][] = [
    ['封存位置', `封存段 ${step.segment}，第 ${step.record} 条记录`],
    ['原始日志', clean(step.rawLine ?? '（密封）')],
    ['SHA-256', step.sha256 ?? '—'],
    ['解析器', step.decoder ?? decoders.get(place) ?? '—'],
  ];
  return [{ kind: 'facts', rows, lead }];
}

function coverage({ trace, clocks }: TraceReport): PaperBlock[] {
  const { complete, sources } = trace.coverage;
  const blocks: PaperBlock[] = [
    paragraph(
      complete
        ? '所依据的日志源在所问时刻前后均有完整记录。'
        : '所依据的日志源在所问时刻前后不完整或无法判断是否完整，结论已据此降低。',
    ),
  ];
  if (sources.length > 0) {
    const rows = sources.map((one) => [
      clean(one.name),
      states[one.state],
      inChina(clean(one.detail)) || '—',
    ]);
    blocks.push({ kind: 'table', heads: ['日志源', '状态', '依据'], widths: [30, 16, 54], rows });
  }
  if (clocks.length > 0) {
    const rows = clocks.map((one) => [
      clean(one.source),
      one.offsetMs === null
        ? '未能测得，按登记的容差处理'
        : `${one.offsetMs >= 0 ? '快' : '慢'} ${(Math.abs(one.offsetMs) / 1000).toFixed(3)} 秒，离散 ${((one.spreadMs ?? 0) / 1000).toFixed(3)} 秒`,
    ]);
    blocks.push({ kind: 'table', heads: ['日志源', '时钟与本系统之差'], widths: [40, 60], rows });
  }
  return blocks;
}

function unproven(trace: Trace): PaperBlock[] {
  const items = [
    '本报告说明的是所问时刻使用该公网地址与端口的设备及其登记情况，不证明当时操作设备的是何人。',
    ...(trace.verdict === 'proven' || trace.because.length === 0
      ? []
      : ['结论没有达到“已证实”，原因见“二、结论”所列各点。']),
    ...(trace.port === null ? ['查询未提供端口；多人共用一个公网地址时，不能仅凭地址区分。'] : []),
    ...(trace.candidates.some((one) => !one.outsideScope && one.macRandom)
      ? ['网卡地址带有随机标志，不能单独证明是哪台设备。']
      : []),
    ...(trace.candidates.some((one) => one.outsideScope)
      ? ['有候选属于其他单位，其情况须由其上级单位查询。']
      : []),
    ...(trace.coverage.complete ? [] : ['日志有缺口或无法判断是否完整，不能排除另有其他来源。']),
  ];
  return items.map((text, index) => paragraph(`${index + 1}．${clean(text)}`));
}

function method(): PaperBlock[] {
  return [
    paragraph(
      '原始日志封存于链式封存段，逐段签名；每条记录可用 jiaodun logs proof 取得其在封存段中的证明。本次查询可另行导出证据包，用 jiaodun trace verify 在没有本系统的电脑上由原始日志重新计算结论。',
    ),
  ];
}

/** The annex that holds a name: what was approved, by whom, and for how long. */
export function outlineAnnex(annex: {
  readonly trace: Pick<Trace, 'ip' | 'port' | 'at' | 'id'>;
  readonly unitName: string;
  readonly composedAt: string;
  readonly candidate: number;
  readonly caseNo: string;
  readonly reason: string;
  readonly requestedBy: string;
  readonly decidedBy: string;
  readonly decidedAt: string;
  readonly name: string;
  readonly personNo: string;
  readonly personUnit: string;
  readonly room: string | null;
  readonly watermark: string;
}): Paper {
  const title = '网络地址溯源情况报告附件（密封）';
  const rows: [string, string][] = [
    ['案件编号', clean(annex.caseNo)],
    ['查询编号', annex.trace.id],
    ['公网地址', `${annex.trace.ip}${annex.trace.port === null ? '' : ` 端口 ${annex.trace.port}`}`],
    ['所问时刻', stampTime(annex.trace.at)],
    ['候选', String(annex.candidate + 1)],
    ['登记使用人', `${clean(annex.name)}（${clean(annex.personNo)}）`],
    ['所在单位', clean(annex.personUnit)],
    ['房间', clean(annex.room ?? '未登记')],
    ['查看理由', clean(annex.reason)],
    ['申请人', clean(annex.requestedBy)],
    ['批准人', clean(annex.decidedBy)],
    ['批准时间', stampTime(annex.decidedAt)],
  ];
  return {
    title,
    author: annex.unitName,
    composedAt: annex.composedAt,
    blocks: [
      { kind: 'banner', text: '含个人信息，密封保管，仅限本案使用' },
      { kind: 'title', text: title },
      { kind: 'facts', rows },
      paragraph('登记使用人是台账中该设备当时的保管人，不等于当时的操作人。'),
      { kind: 'note', text: `由 ${clean(annex.watermark)} 导出；每次导出均记入审计日志。` },
    ],
  };
}

function paragraph(text: string): PaperBlock {
  return { kind: 'paragraph', text };
}
