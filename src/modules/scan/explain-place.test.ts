import { describe, expect, it } from 'vitest';
import { explainPlace } from './contract/explain-place.ts';

describe('explainPlace', () => {
  it.each([
    [
      'sheet:名单!B17 (hidden column)',
      '工作表“名单”第 B 列第 17 行（隐藏的列）',
      'sheet "名单", column B, row 17 (hidden column)',
    ],
    [
      'sheet:甲!C4 (hidden row) (comment)',
      '工作表“甲”第 C 列第 4 行（隐藏的行）（批注）',
      'sheet "甲", column C, row 4 (hidden row) (comment)',
    ],
    [
      'sheet:甲!乙!A1#comment',
      '工作表“甲!乙”第 A 列第 1 行的批注',
      'comment in sheet "甲!乙", column A, row 1',
    ],
    ['slide:2 (hidden slide)', '第 2 张幻灯片（隐藏的幻灯片）', 'slide 2 (hidden slide)'],
    [
      'page:1 (under a black box)',
      '第 1 页（被黑块遮住，仍可复制出来）',
      'page 1 (under a black box, can still be copied)',
    ],
    ['word/document.xml (deleted)', '正文（修订中已删除）', 'main text (deleted in tracked changes)'],
    [
      'document (earlier version)',
      '正文（文件里残留的旧版本）',
      'main text (an earlier version that is still in the file)',
    ],
    ['附件/名单(新).doc → footnotes', '附件/名单(新).doc → 脚注', '附件/名单(新).doc → footnotes'],
    ['mail (page)', '邮件正文（网页格式）', 'text of the message (as a page)'],
    ['(hidden text)', '隐藏文字', 'hidden text'],
    ['', '', ''],
  ])('tells %s', (part, zh, en) => {
    expect(explainPlace(part)).toEqual({ zh, en });
  });
});
