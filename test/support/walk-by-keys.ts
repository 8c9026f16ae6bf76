/** A page walked with Tab alone: which of its controls the focus reaches, in which order, and whether it shows. */
import type { Locator, Page } from 'playwright-core';

export interface Walk {
  /** Controls that the focus never reached. */
  readonly missed: string[];
  /** Controls on which nothing shows that they have the focus. */
  readonly unseen: string[];
  /** Controls that were reached after one that stands behind them. */
  readonly backwards: string[];
  readonly reached: number;
}

/** What of a page's tools is kept on `window` while the walk goes on. */
interface Trail {
  steps: Element[];
  /** Without an outline of their own: whether something else shows is looked at afterwards. */
  doubtful: Element[];
  left: boolean;
}

declare global {
  interface Window {
    jdTrail?: Trail;
  }
}

/** Presses Tab from the beginning of `<main>` until the focus leaves it. */
export async function walkByKeys(page: Page): Promise<Walk> {
  await page.evaluate(startTrail);
  for (let presses = 0; presses < 600; presses += 15) {
    for (let press = 0; press < 15; press++) await page.keyboard.press('Tab');
    if (await page.evaluate(() => window.jdTrail?.left)) break;
  }
  return page.evaluate(judgeTrail);
}

/** Runs in the page: the focus stands before the first control of `<main>`, and what it does is noted. */
function startTrail(): void {
  const main = document.querySelector('main');
  if (!main) throw new Error('the page has no <main>');
  const trail: Trail = { steps: [], doubtful: [], left: false };
  window.jdTrail = trail;
  main.tabIndex = -1;
  main.focus();
  document.addEventListener('focusin', ({ target }) => {
    if (trail.left || !(target instanceof Element) || target === main) return;
    // Out of `<main>`, or round again where nothing stands behind it.
    if (!main.contains(target) || (trail.steps.length > 1 && target === trail.steps[0])) trail.left = true;
    else if (trail.steps.at(-1) !== target) {
      trail.steps.push(target);
      const { outlineStyle, outlineWidth } = getComputedStyle(target);
      if (outlineStyle === 'none' || Number.parseFloat(outlineWidth) === 0) trail.doubtful.push(target);
    }
  });
}

/** Runs in the page: compares where the focus was with the controls that there are. */
async function judgeTrail(): Promise<Walk> {
  const main = document.querySelector('main')!;
  const { steps, doubtful } = window.jdTrail!;
  const say = (element: Element) =>
    `${element.tagName.toLowerCase()} ${(element.getAttribute('aria-label') ?? element.textContent ?? '').trim().slice(0, 40)} ${element.id}`.trim();
  const looks = (element: Element) => {
    const styles: string[] = [];
    for (let one: Element | null = element, up = 0; one && up < 4; one = one.parentElement, up++) {
      const style = getComputedStyle(one);
      styles.push(style.outline, style.boxShadow, style.borderColor, style.backgroundColor);
    }
    return styles.join(';');
  };
  const alike = new Map(doubtful.map((one) => [one.tagName + one.className, one as HTMLElement]));
  const focused: string[] = [];
  const patience = () => new Promise((resolve) => setTimeout(resolve, 350));
  for (const one of alike.values()) {
    one.focus();
    await patience();
    focused.push(looks(one));
  }
  (document.activeElement as HTMLElement | null)?.blur();
  await patience();
  const unseen = [...alike.values()].filter((one, at) => looks(one) === focused[at]);
  const reached = new Set(steps);
  const groups = new Set(steps.map((one) => one.getAttribute('name')).filter(Boolean));
  const all = [
    ...main.querySelectorAll<HTMLElement>('a[href], button, input, select, textarea, summary, [tabindex]'),
  ];
  const missed = all.filter(
    (one) =>
      one.tabIndex >= 0 &&
      !reached.has(one) &&
      !(one as HTMLButtonElement).disabled &&
      one.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true }) &&
      one.closest('[inert], [aria-hidden="true"]') === null &&
      // Of a group of radio buttons Tab reaches the chosen one.
      !(one instanceof HTMLInputElement && one.type === 'radio' && groups.has(one.name)),
  );
  const backwards = steps.filter(
    (one, at) => at > 0 && one.compareDocumentPosition(steps[at - 1]!) & Node.DOCUMENT_POSITION_FOLLOWING,
  );
  return {
    missed: missed.map(say),
    unseen: unseen.map(say),
    backwards: backwards.map(say),
    reached: reached.size,
  };
}

/** Opens the drawer of `button` with Enter and closes it with Escape; tells what went otherwise than it should. */
export async function openAndEscape(page: Page, button: Locator): Promise<string[]> {
  const faults: string[] = [];
  await button.focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog').last();
  await dialog.waitFor();
  // The focus may stand on what still loads; a person waits for the form too.
  await dialog.locator('.ant-skeleton, .ant-spin-spinning').first().waitFor({ state: 'detached' });
  // `body`: the focus stands at the end of the document, on its way round through the browser's own controls.
  const isInside = () =>
    page.evaluate(
      () =>
        document.activeElement?.closest('[role=dialog], .ant-drawer') !== null ||
        document.activeElement === document.body,
    );
  await page
    .waitForFunction(
      () => document.activeElement?.closest('[role=dialog], .ant-drawer') !== null,
      undefined,
      { timeout: 3000 },
    )
    .catch(() => faults.push('does not take the focus'));
  for (let press = 0; press < 3; press++) await page.keyboard.press('Tab');
  if (!(await isInside())) faults.push('lets the focus out behind it');
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  const hasFocus = await button.evaluate(
    (one) =>
      new Promise((resolve) => {
        const ask = (tries: number): void => {
          if (document.activeElement === one || tries === 0) resolve(document.activeElement === one);
          else requestAnimationFrame(() => ask(tries - 1));
        };
        ask(60);
      }),
  );
  if (!hasFocus) faults.push('does not give the focus back');
  return faults;
}
