/**
 * How many rows a list has, in figures: `10000+` when the server only counted that far (`pageOf` stops at 10,000,
 * an unselective search earlier). The list page itself says it in words.
 */
export function countText(list: { readonly total: number; readonly capped?: boolean | undefined }): string {
  return list.capped ? `${list.total}+` : String(list.total);
}

/** Several lists counted together: not exact as soon as one of them is not. */
export function sumOf(lists: readonly { readonly total: number; readonly capped?: boolean | undefined }[]): {
  readonly total: number;
  readonly capped: boolean;
} {
  return {
    total: lists.reduce((sum, list) => sum + list.total, 0),
    capped: lists.some((list) => list.capped === true),
  };
}

/** Whether a reply that brought `loaded` rows so far leaves rows behind. */
export function isMore(
  list: { readonly total: number; readonly capped?: boolean | undefined },
  loaded: number,
): boolean {
  return list.capped === true || list.total > loaded;
}
