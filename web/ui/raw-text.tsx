import type { ReactNode } from 'react';

/** Text as it was sent, never interpreted, in a box that scrolls and can be reached by keyboard. */
export function RawText({ label, children }: { label: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling area must be reachable by keyboard
    <section className="jd-raw-box" aria-label={label} tabIndex={0}>
      <pre className="jd-raw">{children}</pre>
    </section>
  );
}
