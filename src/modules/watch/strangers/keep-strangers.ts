/** Findings of websites that nobody registered: opened for the unit that owns the name or the address, closed by the machine. */
import type { Ctx } from '#base/app';
import { newId } from '#base/id';
import { closeMissing, recordFindings } from '#findings';
import { faultOf, readRules } from '../probe/probe-rules.ts';
import type { Owner, Told } from './rules.ts';
import type { StandingStranger } from './store.ts';

export const STRANGER_KIND = 'unregistered';
export type StrangerRule = 'unregistered.name' | 'unregistered.address';

export interface Stranger {
  readonly url: string;
  readonly rule: StrangerRule;
  readonly owner: Omit<Owner, 'by'>;
  readonly told: Extract<Told, { is: 'site' }>;
  /** Why it is the unit's, and how it was found. */
  readonly evidence: string;
}

const remedies: Readonly<Record<StrangerRule, string>> = {
  'unregistered.name':
    '确是本单位的网站，在“网站”里登记（系统随即关闭这个问题）；不再使用的，关停并删掉域名解析；不认得的，立即查是谁加的解析记录。',
  'unregistered.address':
    '确是本单位的网站，在“网站”里登记，“服务器地址”写这个地址；是设备的管理页，改为只允许校内访问；不认得的，立即查是哪台设备。',
};

/** Records a website that answers. Its words are the same every time, so that it stays one finding. */
export async function keepStranger(ctx: Ctx, { url, rule, owner, told, evidence }: Stranger): Promise<void> {
  const { rules } = await readRules(ctx);
  const title = told.title === '' ? '' : `，标题“${told.title}”`;
  const fault = faultOf(
    {
      rule,
      text: new URL(url).host,
      evidence: `${evidence}；${url} 应答状态码 ${told.status}${title}。`,
      remedy: remedies[rule],
    },
    { kind: STRANGER_KIND, url },
    rules,
  );
  if (!fault) return;
  const { unitId, unitPath } = owner;
  await recordFindings(ctx, {
    unitId,
    unitPath,
    siteId: null,
    siteName: null,
    checkId: newId(),
    seen: [fault],
  });
}

/** One that stands answered again: counted, with the words of before. */
export async function seenAgain(ctx: Ctx, one: StandingStranger): Promise<void> {
  const { url, rule, text, context, unitId, unitPath } = one;
  const { rules } = await readRules(ctx);
  const fault = faultOf({ rule, text, evidence: '', remedy: '' }, { kind: STRANGER_KIND, url }, rules);
  if (!fault) return;
  const seen = [{ ...fault, context }];
  await recordFindings(ctx, { unitId, unitPath, siteId: null, siteName: null, checkId: newId(), seen });
}

/** Closes one that is registered now, or gone. */
export async function closeStranger(ctx: Ctx, url: string): Promise<void> {
  await closeMissing(ctx, { siteId: null, checkedUrls: [url], kinds: [STRANGER_KIND], checkId: newId() });
}
