/** Asks a loaded page something. Its own scripts see nothing of it: the question runs in another world (CDP). */
import type { BrowserContext, Page } from 'playwright-core';

const ASK_MS = 5_000;

/** The result of `expression`, which must be plain data. Throws when it throws, or takes longer than five seconds. */
export async function askPage(context: BrowserContext, page: Page, expression: string): Promise<unknown> {
  const session = await context.newCDPSession(page);
  try {
    const { frameTree } = await session.send('Page.getFrameTree');
    const { executionContextId } = await session.send('Page.createIsolatedWorld', {
      frameId: frameTree.frame.id,
      worldName: 'jiaodun',
    });
    const { result, exceptionDetails } = await session.send('Runtime.evaluate', {
      contextId: executionContextId,
      expression,
      returnByValue: true,
      timeout: ASK_MS,
    });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  } finally {
    await session.detach();
  }
}
