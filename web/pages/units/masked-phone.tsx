/** A phone number as far as everybody may see it. Whoever may reveal it finds the button for that here. */
export function MaskedPhone({ personId, masked }: { personId: string; masked: string | null }) {
  return (
    <span className="jd-num" data-person={personId}>
      {masked ?? '—'}
    </span>
  );
}
