import { getDocumentProxy } from 'unpdf';
import { expect, test } from 'vitest';
import { fromBufferPromise } from 'yauzl';
import {
  type IncidentReport,
  incidentReport,
  maskMac,
  reportCheckCode,
  reportDocx,
  reportPdf,
} from './report-document.ts';

const hash = (digit: string): string => digit.repeat(64);

/** A synthetic report in which every field is filled, with values that are hard to lay out. */
function sampleReport(changes: Partial<IncidentReport> = {}): IncidentReport {
  const facts: Omit<IncidentReport, 'checkCode'> = {
    number: 'SJ-2026-000017',
    addressee: { kind: 'bureau', name: '示例市教育局' },
    unit: { name: '示例县第一实验学校', code: '3300000017', contact: '测试员甲', phone: '0578-5550100' },
    title: '学校网站首页被植入隐藏的赌博网站链接',
    category: '信息内容安全事件（有害信息）',
    level: 'IV',
    t0: '2026-03-01T08:30:05Z',
    foundAt: '2026-03-01T08:30:05Z',
    dueAt: '2026-03-01T10:30:05Z',
    composedAt: '2026-03-01T09:12:40Z',
    place: {
      siteName: '示例县第一实验学校门户网站',
      url: `https://www.school-17.example/news/2026/${'very-long-path-segment-'.repeat(8)}index.html?id=100&from=%E9%A6%96%E9%A1%B5`,
      server: '192.0.2.17（示例市教育城域网机房，虚拟主机 vm-17）',
    },
    events: [
      { at: '2026-03-01T08:31:10Z', text: '页面内容、响应头和屏幕截图固定为证据包。', by: '系统' },
      {
        at: '2026-03-01T08:30:05Z',
        text: '巡查发现首页页脚处有 3 个隐藏链接，指向“在线博彩”页面；链接文字与背景同色，字号为零，普通访客看不到，但搜索引擎可以收录。',
        by: '系统',
      },
      { at: '2026-03-01T08:44:00Z', text: '值班人员电话核实，确认链接不是学校发布的内容。', by: '值班员' },
    ],
    impact: '首页累计暴露约 6 小时，期间访问 212 次；未发现个人信息外泄，未见转发。',
    measures: [
      {
        at: '2026-03-01T08:31:30Z',
        kind: '固定',
        text: '网页、截图、域名解析和证书信息已取证，来源日志设为保留。',
      },
      {
        at: '2026-03-01T08:32:00Z',
        kind: '屏蔽',
        text: '该主机名已列入应急封堵名单，城域网内解析返回不存在。',
      },
      { at: '2026-03-01T08:55:00Z', kind: '备份', text: '网站文件和数据库完成备份并计算校验值。' },
    ],
    cause: '初步判断为网站后台弱口令被猜中，攻击者修改了页脚模板；具体入侵路径正在核查。',
    trace: {
      verdict: 'proven',
      because: ['公网地址、端口与时间在地址转换日志中只对应一个内网地址，租约和登记信息一致。'],
      candidates: [
        {
          assetNo: 'PC-0417',
          room: '教学楼 3 楼 302 机房',
          maskedMac: maskMac('3c-5a-b4-01-02-9f'),
          insideIp: '10.17.3.42',
        },
      ],
    },
    evidence: [
      {
        file: 'SJ-2026-000017-01.jdbag.zip',
        sha256: hash('a'),
        items: [
          { name: 'capture/page.warc.gz', what: '网页请求与响应原始字节', sha256: hash('b') },
          { name: 'capture/screenshot.png', what: '整页截图', sha256: hash('c') },
          { name: 'logs/nat-extract.jsonl', what: '溯源所用日志摘录', sha256: hash('d') },
        ],
      },
    ],
    nextMeasures: ['更换全部后台口令并启用双因素验证。', '请运维单位在 24 小时内排查模板文件并提交报告。'],
    helpRequested: '请协助通知搜索引擎删除已收录的快照。',
    sceneProtection: '原服务器保持开机并断开公网，磁盘未改动，日志导出只读保存。',
    late: { reason: '当日 16 时至 18 时城域网主干中断，报告未能在时限内送出。' },
    exercise: true,
  };
  const report = { ...facts, ...changes };
  return { ...report, checkCode: changes.checkCode ?? reportCheckCode(report) };
}

/** Every value of the report that must be readable, without white space (lines break anywhere). */
function expectedTexts(report: IncidentReport): string[] {
  const texts = [
    report.number,
    report.addressee.name,
    report.unit.name,
    report.unit.code,
    report.unit.contact,
    report.unit.phone,
    report.title,
    report.category,
    report.place.siteName,
    report.place.url,
    report.place.server,
    report.impact,
    report.cause,
    report.helpRequested,
    report.sceneProtection,
    report.late?.reason,
    report.checkCode,
    '一般（Ⅳ级）',
    '已证实',
    '迟报',
    '【演练】',
    '姓名已封存',
    '并非法定或官方制式文书',
    '2026-03-01 16:30:05（UTC+08:00）',
    '2026-03-01 18:30:05（UTC+08:00）',
    '2026-03-01 17:12:40（UTC+08:00）',
    '2026-03-01 16:44:00',
    '2026-03-01 16:55:00',
    '2026年3月1日16:30',
    ...report.events.flatMap(({ text, by }) => [text, by]),
    ...report.measures.flatMap(({ kind, text }) => [kind, text]),
    ...(report.trace?.because ?? []),
    ...(report.trace?.candidates ?? []).flatMap((one) => [
      one.assetNo,
      one.room,
      one.insideIp,
      one.maskedMac,
    ]),
    ...report.evidence.flatMap((bag) => [
      bag.file,
      bag.sha256,
      ...bag.items.flatMap((item) => [item.name, item.what, item.sha256]),
    ]),
    ...report.nextMeasures,
  ];
  return texts.filter((text) => text !== null && text !== undefined).map(squeeze);
}
const squeeze = (text: string): string => text.replace(/\s+/g, '');

interface Line {
  text: string;
  left: number;
  right: number;
  bottom: number;
}

/** The lines of every page as they stand on the paper, in points. */
async function linesOf(pdf: Uint8Array): Promise<Line[][]> {
  const document = await getDocumentProxy(pdf.slice());
  const pages: Line[][] = [];
  for (let number = 1; number <= document.numPages; number++) {
    const page = await document.getPage(number);
    const { items } = await page.getTextContent();
    const lines = new Map<string, Line>();
    let column = 0;
    let lastRight = 0;
    for (const item of items) {
      if (!('str' in item) || item.str === '') continue;
      const [, , , , left, bottom] = item.transform as number[];
      if (left! > lastRight + 8 || left! < lastRight - 1) column++;
      lastRight = left! + item.width;
      const key = `${column}`;
      const line = lines.get(key) ?? { text: '', left: left!, right: 0, bottom: bottom! };
      line.text += item.str;
      line.right = Math.max(line.right, lastRight);
      lines.set(key, line);
    }
    pages.push([...lines.values()]);
  }
  return pages;
}

/** All text of the pdf without white space and page numbers. */
async function textOfPdf(pdf: Uint8Array): Promise<string> {
  const lines = (await linesOf(pdf)).flat().filter(({ text }) => !/^— \d+ —$/.test(text));
  return squeeze(lines.map(({ text }) => text).join(''));
}

/** The files of a .docx by name. */
async function unpack(docx: Uint8Array): Promise<Map<string, string>> {
  const zip = await fromBufferPromise(Buffer.from(docx), { lazyEntries: true });
  const parts = new Map<string, string>();
  for await (const entry of zip.eachEntry()) {
    const chunks: Buffer[] = [];
    for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
    parts.set(entry.fileName, Buffer.concat(chunks).toString('utf8'));
  }
  return parts;
}

function textOf(xml: string): string {
  return xml
    .replace(/<[^>]+>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&');
}

test('the pdf shows every field of the report', async () => {
  const report = incidentReport.parse(sampleReport());
  const text = await textOfPdf(await reportPdf(report));
  for (const expected of expectedTexts(report)) expect(text).toContain(expected);
});

test('the Word document shows every field of the report', async () => {
  const report = incidentReport.parse(sampleReport());
  const parts = await unpack(await reportDocx(report));
  const text = squeeze(textOf(parts.get('word/document.xml') ?? ''));
  for (const expected of expectedTexts(report)) expect(text).toContain(expected);
});

test('the pdf embeds every font it uses', async () => {
  const pdf = Buffer.from(await reportPdf(sampleReport())).toString('latin1');
  const descriptors = pdf.match(/\/Type \/FontDescriptor/g) ?? [];
  expect(descriptors.length).toBe(3);
  expect(pdf.match(/\/FontFile2 \d+ 0 R/g)).toHaveLength(descriptors.length);
  expect(pdf).not.toMatch(/\/Subtype \/Type1\b/);
});

test('the Word document names its fonts with a substitute and embeds none', async () => {
  const parts = await unpack(await reportDocx(sampleReport()));
  expect(parts.get('word/fontTable.xml')).toContain(
    '<w:font w:name="仿宋_GB2312"><w:altName w:val="FangSong"/>',
  );
  expect(parts.get('word/document.xml')).toContain('w:eastAsia="方正小标宋简体"');
  expect([...parts.keys()].filter((name) => /font\d|odttf/i.test(name))).toEqual([]);
  expect(parts.get('word/document.xml')).toMatch(/<w:pgSz w:w="11906" w:h="16838"/);
});

test('no line of the pdf leaves the type area, starts with a closing mark or ends with an opening one', async () => {
  const sentence =
    '值班人员（含替班）说：“页面上出现了‘在线博彩’字样，已截图、留存；”随后断网！是否需要报告？需要……《预案》第3条有规定，';
  const long = Array.from({ length: 40 }, (_, index) => sentence.slice(index % 11)).join('');
  const url = `https://a.example/${'x'.repeat(900)}`;
  const report = sampleReport({
    impact: long,
    cause: `${long}见 ${url}，另见“${url}”。`,
    events: [
      { at: '2026-03-01T08:30:05Z', text: `${long}${url}`.slice(0, 2000), by: 'averyveryverylongsystemname' },
    ],
    measures: [{ at: '2026-03-01T08:30:05Z', kind: 'W'.repeat(60), text: long.slice(0, 1500) }],
  });
  const pdf = await reportPdf(report);
  const pages = await linesOf(pdf);
  expect(pages.length).toBeGreaterThan(6);
  for (const line of pages.flat()) {
    expect(line.left, line.text).toBeGreaterThan(79);
    expect(line.right, line.text).toBeLessThan(595.28 - 73.7 + 1);
    expect(line.bottom, line.text).toBeGreaterThan(50);
    expect(line.text).not.toMatch(/^[，。、；：？！）”’》】…]/);
    expect(line.text.trim()).not.toMatch(/[（“‘《【]$/);
  }
  const text = await textOfPdf(pdf);
  expect(text).toContain(squeeze(long).slice(-200));
  expect(text.split('x'.repeat(900)).length).toBeGreaterThan(2);
});

test('what is not known is said so, and a plain report has neither the drill nor the late mark', async () => {
  const report = incidentReport.parse(
    sampleReport({
      unit: { name: '示例小学', code: null, contact: '测试员乙', phone: '0578-5550101' },
      place: { siteName: null, url: null, server: null },
      events: [],
      impact: null,
      measures: [],
      cause: null,
      trace: null,
      evidence: [],
      nextMeasures: [],
      helpRequested: null,
      sceneProtection: null,
      late: null,
      exercise: false,
      level: 'unrated',
    }),
  );
  const pdfText = await textOfPdf(await reportPdf(report));
  const docxText = squeeze(textOf((await unpack(await reportDocx(report))).get('word/document.xml') ?? ''));
  for (const text of [pdfText, docxText]) {
    expect(text.split('尚未查明，查明后续报').length).toBeGreaterThan(5);
    expect(text).toContain('尚未定级');
    expect(text).toContain('尚未开展溯源');
    expect(text).not.toContain('演练');
    expect(text).not.toContain('迟报');
  }
});

test('refuses a report that names a person or shows a whole MAC address', () => {
  const report = sampleReport();
  const [one] = report.trace!.candidates;
  const withCandidate = (candidate: object) =>
    incidentReport.safeParse({ ...report, trace: { ...report.trace, candidates: [candidate] } }).success;
  expect(withCandidate({ ...one })).toBe(true);
  expect(withCandidate({ ...one, person: '张三' })).toBe(false);
  expect(withCandidate({ ...one, maskedMac: '3c:5a:b4:01:02:9f' })).toBe(false);
  expect(maskMac('3C-5A-B4-01-02-9F')).toBe('3c:5a:b4:**:**:9f');
});

test('the check code changes with any fact and ignores the order of keys', () => {
  const report = sampleReport();
  expect(report.checkCode).toMatch(/^([0-9A-F]{4}-){4}[0-9A-F]{4}$/);
  expect(reportCheckCode(Object.fromEntries(Object.entries(report).reverse()) as IncidentReport)).toBe(
    report.checkCode,
  );
  expect(reportCheckCode({ ...report, cause: `${report.cause}。` })).not.toBe(report.checkCode);
});

test('text that tries to break the document arrives as plain text', async () => {
  const hostile =
    '<w:p/>&amp;<script>\u0000\u202e\ufeff]]>"\'{{x}} data:image/png;base64,AAAA file:///etc/passwd';
  const report = sampleReport({ title: hostile, cause: hostile, number: hostile.slice(0, 50) });
  const parts = await unpack(await reportDocx(report));
  expect(textOf(parts.get('word/document.xml') ?? '')).toContain('<w:p/>&amp;<script>]]>"\'{{x}}');
  expect(parts.get('docProps/core.xml')).not.toMatch(/<script>|\u0000/);
  const pages = await linesOf(await reportPdf(report));
  expect(
    squeeze(
      pages
        .flat()
        .map((line) => line.text)
        .join(''),
    ),
  ).toContain('<w:p/>&amp;<script>]]>');
});
