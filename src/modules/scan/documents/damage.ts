/** Why a file is called damaged, in both languages: the teacher who gets it has to do something about it. */

export interface Damage {
  readonly zh: string;
  readonly en: string;
}

/** The name promises something that the bytes are not. */
export function isNot(what: { zh: string; en: string } | string): Damage {
  const { zh, en } = typeof what === 'string' ? { zh: what, en: what } : what;
  return {
    zh: `内容不是${/^[a-z]/i.test(zh) ? ' ' : ''}${zh}，可能只改了扩展名或没有传完整，请用原来的程序另存后再传`,
    en: `it is no ${en} file: renamed, or not sent whole; save it again with its own program`,
  };
}

/** A package without its main part. */
export function lacks(member: string): Damage {
  return {
    zh: `里面没有 ${member}，文件不完整，请用原来的程序另存后再传`,
    en: `it has no ${member}; save it again with its own program`,
  };
}

/** What the reader of this kind of file said, in English as it is, in brackets. */
export function unreadable(kind: Damage, error: unknown): Damage {
  const said = String((error as Error).message).slice(0, 200);
  return { zh: `${kind.zh}读不出来（${said}）`, en: `${kind.en} cannot be read (${said})` };
}

export const kinds = {
  zip: { zh: '压缩结构', en: 'its ZIP structure' },
  packed: { zh: '压缩包', en: 'the archive' },
  gzip: { zh: 'gzip 压缩内容', en: 'its gzip content' },
  pdf: { zh: 'PDF 结构', en: 'its PDF structure' },
  ole: { zh: '旧版 Office 文件结构', en: 'the structure of the old Office file' },
  sheet: { zh: '工作簿', en: 'the workbook' },
  mail: { zh: '邮件', en: 'the message' },
  picture: { zh: '图片', en: 'the picture' },
} as const satisfies Record<string, Damage>;

export const cutOff: Damage = {
  zh: '没有传完整，后半部分缺失，请重新上传',
  en: 'cut off: its end is missing; send it again',
};
