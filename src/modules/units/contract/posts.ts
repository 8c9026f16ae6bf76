/** Posts: who held which, from when to when, and as known when. Days are days in China; ends are exclusive. */
import { z } from 'zod';
import { event } from '#base/contract';
import { day } from './days.ts';

export const post = z.enum([
  'leader',
  'deputy',
  'network_admin',
  'security_officer',
  'reviewer',
  'secrecy_officer',
  'column_owner',
  'moderator',
  'duty',
  'teacher',
]);
export type Post = z.infer<typeof post>;

/** Somebody's end in a post was recorded; `endsOn` is the first day without it and may lie ahead. */
export const postLeft = event(
  'units.post_left',
  z.object({
    appointmentId: z.uuid(),
    personId: z.uuid(),
    personName: z.string(),
    unitId: z.uuid(),
    post,
    endsOn: day,
  }),
);

export const postTaken = event(
  'units.post_taken',
  z.object({ appointmentId: z.uuid(), personId: z.uuid(), unitId: z.uuid(), post }),
);

/** A certificate ends in so many days: told once at 90, 30 and 7. */
export const certificateDue = event(
  'units.certificate_due',
  z.object({
    certificateId: z.uuid(),
    personId: z.uuid(),
    unitId: z.uuid(),
    days: z.number().int(),
    expiresOn: day,
  }),
);

/** The exception by which one person held two posts that control each other has ended. */
export const postExceptionExpired = event(
  'units.post_exception_expired',
  z.object({ exceptionId: z.uuid(), personId: z.uuid(), unitId: z.uuid(), expiresOn: day }),
);

export const postErrors = {
  'units.duplicate_person': {
    status: 409,
    zh: '人员编号 {no} 已经登记（{name}）：请改这个人的资料，不要重复登记',
    en: 'Person number {no} is registered already ({name}): change that entry instead',
  },
  'units.person_of_others': {
    status: 403,
    zh: '{no} 是其他单位的人员，资料由其所在单位维护',
    en: '{no} belongs to another unit, which keeps the entry',
  },
  'units.same_person': {
    status: 422,
    zh: '两边是同一条登记，请选另一条',
    en: 'Both are the same entry; choose another one',
  },
  'units.already_holds': {
    status: 409,
    zh: '此人在这段时间已经任这个岗位：改日期，或更正原来的任职',
    en: 'This person holds this post at that time already: change the dates, or correct the appointment on file',
  },
  'units.ended_already': {
    status: 409,
    zh: '这条任职已于 {endsOn} 结束；日期记错了请用“更正”',
    en: 'This appointment ended on {endsOn} already; correct it if that day is wrong',
  },
  'units.exception_of_another': {
    status: 422,
    zh: '这条例外不是给此人此单位的，请另选',
    en: 'This exception is for another person or unit; choose another one',
  },
  'units.exception_not_approved': {
    status: 409,
    zh: '例外还没有批准：请另一人先批准',
    en: 'The exception is not approved yet: a second person must approve it first',
  },
  'units.exception_too_short': {
    status: 422,
    zh: '任职日期超出例外的期限 {from} 至 {to}：改日期',
    en: 'The dates leave the time of the exception, {from} to {to}: change them',
  },
  'units.person_merged': {
    status: 422,
    zh: '人员编号 {no} 已并入另一个编号，请用现在的编号',
    en: 'Person number {no} gave way to another one; use that one',
  },
  'units.person_elsewhere': {
    status: 422,
    zh: '人员编号 {no} 已由其他单位使用：核对编号；确是调动的，请共同的上级办理',
    en: 'Person number {no} is used by another unit: check it; a transfer is made by the bureau above both',
  },
  'units.ends_before_start': {
    status: 422,
    zh: '离任日期必须晚于任职日期 {startsOn}；从未任职的请作废这条任职',
    en: 'The end must be later than the start {startsOn}; withdraw an appointment that never was',
  },
  'units.posts_conflict': {
    status: 409,
    zh: '同一单位的网络管理员和网络安全员不能是同一人（另一岗位自 {startsOn} 起）：换人，或先申请批准例外',
    en: 'Administrator and security officer of one unit must be two people (the other post since {startsOn}): name somebody else, or have an exception approved first',
  },
} as const;
