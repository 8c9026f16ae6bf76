/** Days and document numbers. */
import { z } from 'zod';

/** A day of the bureau's calendar (Asia/Shanghai). */
export const day = z.iso.date('日期写成 2026-09-01 / a date is written 2026-09-01');

/** 发文字号：机关代字〔年份〕序号号 (GB/T 9704-2012 §7.2.5). */
export const docNo = z
  .string()
  .trim()
  .max(60)
  .regex(
    /^\p{Script=Han}+〔\d{4}〕\d+号$/u,
    '文号写成“市教〔2026〕12号”，年份用六角括号〔〕 / a document number has the form 机关代字〔2026〕12号',
  );
