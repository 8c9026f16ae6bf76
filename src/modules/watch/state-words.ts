/** What states are called in a refusal: “已是‘approved’状态” tells nobody anything. */
import type { z } from 'zod';
import type { campaignState, rescanState, wordProposalState } from './contract.ts';

type Words = { readonly zh: string; readonly en: string };

export const wordProposalWords: Readonly<Record<z.infer<typeof wordProposalState>, Words>> = {
  proposed: { zh: '待批准', en: 'proposed' },
  approved: { zh: '已生效', en: 'in force' },
  refused: { zh: '未批准', en: 'refused' },
  withdrawn: { zh: '已撤回', en: 'taken back' },
};

export const rescanWords: Readonly<Record<z.infer<typeof rescanState>, Words>> = {
  running: { zh: '进行中', en: 'under way' },
  paused: { zh: '已暂停', en: 'paused' },
  cancelled: { zh: '已取消', en: 'cancelled' },
  done: { zh: '已完成', en: 'done' },
};

export const campaignWords: Readonly<Record<z.infer<typeof campaignState>, Words>> = {
  open: { zh: '待处理', en: 'open' },
  harmless: { zh: '无害', en: 'harmless' },
  over: { zh: '已清除', en: 'over' },
};
