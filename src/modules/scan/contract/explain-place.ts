/** Where in a file something was found, in words that somebody who only knows the file understands. */
import type { Explanation } from './explain-finding.ts';

/** Why nobody sees what stands there, or what it is: the remarks in brackets behind a place. */
const notes: Readonly<Record<string, Explanation>> = {
  'hidden text': { zh: '隐藏文字', en: 'hidden text' },
  'white text': { zh: '白色文字', en: 'white text' },
  'tiny text': { zh: '极小的文字', en: 'tiny text' },
  deleted: { zh: '修订中已删除', en: 'deleted in tracked changes' },
  comment: { zh: '批注', en: 'comment' },
  notes: { zh: '备注', en: 'notes' },
  'hidden sheet': { zh: '隐藏的工作表', en: 'hidden sheet' },
  'hidden row': { zh: '隐藏的行', en: 'hidden row' },
  'hidden column': { zh: '隐藏的列', en: 'hidden column' },
  'hidden slide': { zh: '隐藏的幻灯片', en: 'hidden slide' },
  'hidden section': { zh: '隐藏的节', en: 'hidden section' },
  'invisible format': { zh: '不显示的格式', en: 'invisible format' },
  formula: { zh: '公式', en: 'formula' },
  link: { zh: '链接', en: 'link' },
  picture: { zh: '图片识别', en: 'read from the picture' },
  'alternative text': { zh: '替代文字', en: 'alternative text' },
  'text boxes': { zh: '文本框', en: 'text boxes' },
  'under a black box': { zh: '被黑块遮住，仍可复制出来', en: 'under a black box, can still be copied' },
  covered: { zh: '被遮住，仍可复制出来', en: 'covered, can still be copied' },
  'outside the page': { zh: '在页面边缘之外，看不见', en: 'outside the edges of the page, not seen' },
  'earlier version': { zh: '文件里残留的旧版本', en: 'an earlier version that is still in the file' },
  'hidden layer': { zh: '关闭的图层，看不见', en: 'a layer that is switched off' },
  'invisible text': {
    zh: '不着色的文字（扫描件的识别文字层，或有意隐藏）',
    en: 'text without ink (of a scan, or hidden)',
  },
  'over two lines': { zh: '分在两行', en: 'over two lines' },
  attributes: { zh: '属性值', en: 'attributes' },
  'not shown': { zh: '文件里有、页面上不显示', en: 'in the file and not shown' },
  'for old programs': { zh: '只给旧版程序看的内容', en: 'only for old programs' },
  text: { zh: '文字', en: 'text' },
  page: { zh: '网页', en: 'page' },
};

/** Parts of files by their names; the first that fits counts. */
const parts: readonly (readonly [pattern: RegExp, zh: string, en: string])[] = [
  [
    /^sheet:(.*)!([A-Z]{1,3})(\d+)#comment$/,
    '工作表“$1”第 $2 列第 $3 行的批注',
    'comment in sheet "$1", column $2, row $3',
  ],
  [/^sheet:(.*)!([A-Z]{1,3})(\d+)$/, '工作表“$1”第 $2 列第 $3 行', 'sheet "$1", column $2, row $3'],
  [/^sheet:(.*)!(?:odd|even|first)Header$/, '工作表“$1”的页眉', 'header of sheet "$1"'],
  [/^sheet:(.*)!(?:odd|even|first)Footer$/, '工作表“$1”的页脚', 'footer of sheet "$1"'],
  [/^sheet:(.*)!text boxes$/, '工作表“$1”的文本框', 'text boxes of sheet "$1"'],
  [/^sheet:(.*)!rules$/, '工作表“$1”的下拉选项、提示和条件', 'choices, prompts and conditions of sheet "$1"'],
  [/^slide:(\d+)$/, '第 $1 张幻灯片', 'slide $1'],
  [/^page:(\d+)$/, '第 $1 页', 'page $1'],
  [/^page:(\d+)#notes$/, '第 $1 页的批注、链接或表单', 'notes, links or form of page $1'],
  [/^(?:word\/document\d*\.xml|content\.xml|document)$/, '正文', 'main text'],
  [/^template$/, '页面模板', 'template of pages'],
  [/^(?:word\/comments\w*\.xml|comments?)$/, '批注', 'comments'],
  [/^(?:word\/footnotes\.xml|footnotes?)$/, '脚注', 'footnotes'],
  [/^(?:word\/endnotes\.xml|endnotes)$/, '尾注', 'endnotes'],
  [/^(?:word\/header\d*\.xml|header)$/, '页眉', 'header'],
  [/^(?:word\/footer\d*\.xml|footer)$/, '页脚', 'footer'],
  [/^headers$/, '页眉页脚', 'headers and footers'],
  [/^styles\.xml$/, '页眉页脚或母版', 'headers, footers or masters'],
  [/^text boxes$/, '文本框', 'text boxes'],
  [/^(?:docProps\/.*|meta\.xml|info|properties)$/, '文档属性', 'properties of the file'],
  [/^(?:xl\/workbook\.xml|names)$/, '工作表名和定义的名称', 'names of sheets and defined names'],
  [/^xl\/sharedStrings\.xml$/, '单元格文字表', 'texts of cells'],
  [/^xl\/styles\.xml$/, '单元格格式', 'formats of cells'],
  [/^xl\/tables\/.*$/, '表格', 'tables'],
  [/^word\/numbering\.xml$/, '编号', 'numbering'],
  [/^bookmarks$/, '书签（目录）', 'bookmarks'],
  [/^script$/, '脚本', 'script'],
  [/^macro (.*)$/, '宏 $1', 'macro $1'],
  [/^custom tags$/, '自定义标引', 'custom tags'],
  [/^extensions$/, '扩展数据', 'extensions'],
  [/^resources$/, '公共资源', 'shared resources'],
  [/^seal$/, '电子印章', 'electronic seal'],
  [/^hidden data$/, '程序不显示的数据', 'data that programs pass over'],
  [/^appended file$/, '附在文件末尾的文件', 'a file behind the end of this one'],
  [/^picture text$/, '图片自带的说明文字', 'texts inside the picture file'],
  [/^word\/settings\.xml$/, '文档变量', 'variables of the document'],
  [/^xl\/revisions\/.*$/, '修订记录（单元格的旧内容）', 'revision log (what cells said before)'],
  [/^customXml\/.*$/, '文档内嵌的数据', 'data embedded in the file'],
  [/^(?:xl\/pivotCache\/.*|pivot table)$/, '数据透视表保留的源数据', 'source data kept by a pivot table'],
  [/^xl\/externalLinks\/.*$/, '从其他工作簿取来的数据', 'data taken from other workbooks'],
  [/^\w+\/(?:.*\/)?drawings?\/.*$/, '图形和文本框', 'shapes and text boxes'],
  [/^\w+\/(?:.*\/)?(?:charts|diagrams)\/.*$/, '图表', 'charts and diagrams'],
  [/^.*_rels\/[^/]*\.rels$/, '链接地址', 'addresses of links'],
  [/^ppt\/slide(?:Masters|Layouts)\/.*$|^master$/, '幻灯片母版', 'slide master'],
  [/^ppt\/(?:notes|handout)Masters\/.*$/, '备注或讲义母版', 'notes or handout master'],
  [/^ppt\/tags\/.*$/, '标签', 'tags'],
  [/^(?:word|xl|ppt)\/(?:vbaProject|activeX|ctrlProps).*$/, '宏或控件', 'macros or controls'],
  [/^presentation$/, '整个演示文稿', 'the presentation'],
  [/^mail$/, '邮件标题、发件人和收件人', 'subject and people of the message'],
  [/^mail \(text\)$/, '邮件正文', 'text of the message'],
  [/^mail \(page\)$/, '邮件正文（网页格式）', 'text of the message (as a page)'],
  [/^(?:word|xl|ppt)\/(?:embeddings|media)\/(.*)$/, '内嵌文件 $1', 'embedded file $1'],
  [/^embedded object (.*)$/, '内嵌对象 $1', 'embedded object $1'],
  [/^browser$/, '在浏览器里打开后', 'as a browser shows it'],
  [/^attachment (.*)$/, '附件 $1', 'attachment $1'],
  [/^file (\d+)(\.\w+)?$/, '第 $1 个文件$2', 'file $1$2'],
  [/^embedded object$/, '内嵌对象', 'embedded object'],
  [/^picture (\d+)$/, '第 $1 张图片', 'picture $1'],
];

/** `a.zip → sheet:名单!B3 (hidden row)` as 压缩包或文件里的一处; empty for a file of one text. */
export function explainPlace(part: string): Explanation {
  const steps = part.split(' → ').map(explainStep);
  return { zh: steps.map(({ zh }) => zh).join(' → '), en: steps.map(({ en }) => en).join(' → ') };
}

function explainStep(step: string): Explanation {
  for (const [pattern, zh, en] of parts)
    if (pattern.test(step)) return { zh: step.replace(pattern, zh), en: step.replace(pattern, en) };
  // The last remark first: `sheet:甲!C4 (hidden row) (comment)`.
  const [, place, note = ''] = /^(.*?)\s?\(([a-z ]+)\)$/.exec(step) ?? [];
  const words = notes[note];
  if (place === undefined || !words) return { zh: step, en: step };
  const rest = explainStep(place);
  return rest.zh === '' ? words : { zh: `${rest.zh}（${words.zh}）`, en: `${rest.en} (${words.en})` };
}
