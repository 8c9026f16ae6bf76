import { chineseTime, clean, type PaperBlock, stampTime } from '#base/paper';
import type { IncidentReport } from './report-model.ts';

const unknownYet = '尚未查明，查明后续报';
const numerals = ['一', '二', '三', '四', '五', '六', '七', '八', '九', '十', '十一', '十二'];

const levelNames = {
  I: '特别重大（Ⅰ级），为初步判断',
  II: '重大（Ⅱ级），为初步判断',
  III: '较大（Ⅲ级），为初步判断',
  IV: '一般（Ⅳ级），为初步判断',
  unrated: '尚未定级',
} as const;

const verdictNames = {
  proven: '已证实：每一环节均有原始记录证明',
  probable: '很可能：证据链指向唯一来源，但有环节缺少直接记录',
  ambiguous: '不能唯一确定：现有记录指向多个可能的来源',
  not_provable: '无法证明：现有记录不足以确定来源',
} as const;

/** The title as it stands on the page, with the marks 【演练】 and （迟报）. */
export function reportTitle(report: IncidentReport): string {
  const exercise = report.exercise ? '【演练】' : '';
  return `${exercise}关于“${clean(report.title)}”的情况报告${report.late ? '（迟报）' : ''}`;
}

/** The whole report in reading order. Times are Beijing time, which has been UTC+08:00 all year since 1992. */
export function outlineReport(report: IncidentReport): PaperBlock[] {
  const sections: [string, PaperBlock[]][] = [
    ['基本情况', [{ kind: 'facts', rows: basicFacts(report) }]],
    ['事件经过', timeline(report)],
    ['目前影响', [paragraph(report.impact)]],
    ['已采取的措施', measures(report)],
    ['初步原因', [paragraph(report.cause)]],
    ['溯源情况', trace(report)],
    ['现场保护与证据', evidence(report)],
    ['下一步措施与请求支持事项', nextSteps(report)],
  ];
  if (report.late) sections.push(['迟报说明', [paragraph(report.late.reason)]]);
  const body = sections.flatMap(([title, blocks], index): PaperBlock[] => [
    { kind: 'heading', text: `${numerals[index]}、${title}` },
    ...blocks,
  ]);
  return [...opening(report), ...body, ...closing(report)];
}

function opening(report: IncidentReport): PaperBlock[] {
  const blocks: PaperBlock[] = [];
  if (report.exercise) blocks.push({ kind: 'banner', text: '【演练】本报告用于演练，所述情况不是真实事件' });
  if (report.late) blocks.push({ kind: 'banner', text: '迟报：本报告的发出时间晚于报告时限' });
  return [
    ...blocks,
    { kind: 'number', text: `编号：${clean(report.number)}` },
    { kind: 'title', text: reportTitle(report) },
    { kind: 'addressee', text: `${clean(report.addressee.name)}：` },
    {
      kind: 'paragraph',
      text: `${chineseTime(report.foundAt)}，我单位发现“${clean(report.title)}”，现将目前掌握的情况报告如下。文中时间均为北京时间（UTC+08:00）。`,
    },
  ];
}

function basicFacts(report: IncidentReport): [string, string][] {
  const { unit, place } = report;
  return [
    ['报告单位', clean(unit.name)],
    ['单位代码', known(unit.code, '未登记')],
    ['联系人', `${clean(unit.contact)}，电话 ${clean(unit.phone)}`],
    ['事件类别', clean(report.category)],
    ['事件级别', levelNames[report.level]],
    ['发现时间', stampTime(report.foundAt)],
    ['计时起点', stampTime(report.t0)],
    ['报告时限', stampTime(report.dueAt)],
    ['成文时间', stampTime(report.composedAt)],
    ['发生位置', known(place.siteName)],
    ['网址', known(place.url)],
    ['服务器地址', known(place.server)],
  ];
}

function timeline({ events }: IncidentReport): PaperBlock[] {
  if (events.length === 0) return [paragraph(null)];
  const rows = sortByTime(events).map(({ at, text, by }) => [
    stampTime(at, false),
    by ? `${clean(text)}（${clean(by)}）` : clean(text),
  ]);
  return [{ kind: 'table', heads: ['时间', '经过'], widths: [30, 70], rows }];
}

function measures(report: IncidentReport): PaperBlock[] {
  if (report.measures.length === 0) return [paragraph('截至成文时尚未采取措施')];
  const rows = sortByTime(report.measures).map(({ at, kind, text }) => [
    stampTime(at, false),
    clean(kind),
    clean(text),
  ]);
  return [{ kind: 'table', heads: ['时间', '措施', '内容'], widths: [30, 15, 55], rows }];
}

function trace(report: IncidentReport): PaperBlock[] {
  if (!report.trace) return [paragraph('截至成文时尚未开展溯源，或溯源尚无结果')];
  const { verdict, because, candidates } = report.trace;
  const blocks: PaperBlock[] = [
    paragraph(`溯源结论为“${verdictNames[verdict]}”。`),
    ...because.map((reason) => paragraph(reason)),
  ];
  if (candidates.length > 0) {
    const rows = candidates.map((one) => [
      known(one.assetNo, '未登记'),
      known(one.room, '未登记'),
      known(one.insideIp, '未知'),
      known(one.maskedMac, '未知'),
    ]);
    const heads = ['设备编号', '位置', '内网地址', 'MAC 地址（部分隐去）'];
    blocks.push({ kind: 'table', heads, widths: [22, 26, 26, 26], rows });
    blocks.push(paragraph('相关人员姓名已封存，须由两人依程序批准后另行提供，本报告不载明。'));
  }
  return blocks;
}

function evidence(report: IncidentReport): PaperBlock[] {
  const blocks: PaperBlock[] = [
    { kind: 'subheading', text: '（一）现场保护' },
    paragraph(report.sceneProtection),
    { kind: 'subheading', text: '（二）证据清单' },
  ];
  if (report.evidence.length === 0) return [...blocks, paragraph('截至成文时尚无已固定的证据')];
  for (const [index, bag] of report.evidence.entries()) {
    blocks.push(
      paragraph(
        `${index + 1}．证据包 ${clean(bag.file)}，内含 ${bag.items.length} 项，完整性校验值（SHA-256）为：`,
      ),
    );
    blocks.push({ kind: 'code', label: '证据包', text: bag.sha256 });
    if (bag.items.length === 0) continue;
    const rows = bag.items.map((item) => [clean(item.name), clean(item.what), item.sha256]);
    blocks.push({ kind: 'table', heads: ['文件', '内容', 'SHA-256'], widths: [30, 25, 45], rows });
  }
  return blocks;
}

function nextSteps(report: IncidentReport): PaperBlock[] {
  const steps = report.nextMeasures.map((step, index) => paragraph(`${index + 1}．${step}`));
  return [
    { kind: 'subheading', text: '（一）下一步措施' },
    ...(steps.length > 0 ? steps : [paragraph('待研究确定后续报')]),
    { kind: 'subheading', text: '（二）请求支持事项' },
    paragraph(report.helpRequested ?? '暂无'),
  ];
}

function closing(report: IncidentReport): PaperBlock[] {
  return [
    { kind: 'signature', text: clean(report.unit.name) },
    { kind: 'signature', text: chineseTime(report.composedAt).slice(0, -5) },
    { kind: 'code', label: '校验码', text: clean(report.checkCode) },
    { kind: 'note', text: '本报告依据系统内登记和留存的事实生成，版式为自行编排，并非法定或官方制式文书。' },
  ];
}

function paragraph(text: string | null): PaperBlock {
  return { kind: 'paragraph', text: known(text) };
}

function known(text: string | null, otherwise = unknownYet): string {
  return text === null ? otherwise : clean(text);
}

function sortByTime<T extends { at: string }>(entries: readonly T[]): T[] {
  return [...entries].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}
