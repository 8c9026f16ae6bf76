import { after } from '#base/timers';

/**
 * A signal that is aborted after so many milliseconds (with a `TimeoutError`), or when `outer` is. Call `end` when the
 * work is done. `AbortSignal.any` and `.timeout` do the same and are let go by the garbage collector only, long after
 * the work: thousands of them then wait at a crawl.
 */
export function startDeadline(
  milliseconds: number,
  outer?: AbortSignal,
): { readonly signal: AbortSignal; end(): void } {
  const controller = new AbortController();
  const cancel = after(milliseconds, () =>
    controller.abort(new DOMException('the time is over', 'TimeoutError')),
  );
  const onOuter = () => controller.abort(outer?.reason);
  outer?.addEventListener('abort', onOuter, { once: true });
  if (outer?.aborted) onOuter();
  return {
    signal: controller.signal,
    end: () => {
      cancel();
      outer?.removeEventListener('abort', onOuter);
    },
  };
}
