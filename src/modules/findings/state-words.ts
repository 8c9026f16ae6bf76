/** What states are called in a refusal: “已是‘approved’状态” tells nobody anything. */
import type { z } from 'zod';
import type { findingState, suppressionState } from './contract.ts';

type Words = { readonly zh: string; readonly en: string };

export const findingStateWords: Readonly<Record<z.infer<typeof findingState>, Words>> = {
  open: { zh: '待整改', en: 'open' },
  fixed: { zh: '待复测', en: 'reported as fixed' },
  closed: { zh: '已关闭', en: 'closed' },
  false_alarm: { zh: '误报', en: 'a false alarm' },
};

export const suppressionStateWords: Readonly<Record<z.infer<typeof suppressionState>, Words>> = {
  proposed: { zh: '待认定', en: 'proposed' },
  approved: { zh: '已忽略', en: 'agreed' },
  expired: { zh: '已到期', en: 'expired' },
  refused: { zh: '不同意', en: 'refused' },
  withdrawn: { zh: '已撤回', en: 'taken back' },
};
