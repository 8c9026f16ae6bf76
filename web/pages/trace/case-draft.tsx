import { type Drafts, useDrafts } from '../../app/drafts.ts';
import { DraftOffer } from '../../ui/draft-offer.tsx';

export interface StatedCase {
  readonly caseNo: string;
  readonly reason: string;
}

/**
 * Case number and reason as they were typed survive a reload; the letter does not, it is kept nowhere. They are offered, not
 * filled in: a number left over from another case must not be taken for this one's.
 */
export function useCaseDraft(form: 'trace.letter' | 'trace.bulk'): Drafts {
  return useDrafts(form);
}

/** Gives back what was typed and not sent. */
export function CaseOffer({
  drafts,
  onTake,
}: {
  readonly drafts: Drafts;
  readonly onTake: (stated: StatedCase) => void;
}) {
  return (
    <DraftOffer
      drafts={drafts}
      onTake={({ caseNo, reason }) => onTake({ caseNo: String(caseNo ?? ''), reason: String(reason ?? '') })}
    />
  );
}
