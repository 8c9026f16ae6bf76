/**
 * Whether somebody is at the page. What a page asks for by itself (a list that refreshes because others work) must
 * not keep a session from being idle, so such requests say that nobody asked for them.
 */
const awayAfterMs = 60_000;
let lastInput = performance.now();

/** Called once, when the page starts. */
export function watchForInput(): void {
  const note = () => {
    lastInput = performance.now();
  };
  for (const kind of ['pointerdown', 'keydown', 'wheel', 'touchstart']) {
    window.addEventListener(kind, note, { passive: true, capture: true });
  }
}

/** True when no key, pointer or wheel moved for a minute. */
export function isNobodyThere(): boolean {
  return performance.now() - lastInput > awayAfterMs;
}
