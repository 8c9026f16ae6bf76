import type { Route } from '#base/contract';
import { addressOf, type RouteInput } from './api.ts';
import { readErrorBody, unreachable } from './api-error.ts';

export interface StreamEvent {
  readonly event: string;
  readonly data: unknown;
}

/**
 * The server-sent events of a route, until it ends or `signal` aborts. Unlike EventSource it does not connect again by
 * itself: each connection is an audited reading. Throws ApiError when the route refuses.
 */
export async function* eventsOf<R extends Route>(
  target: R,
  input: RouteInput<R>,
  signal: AbortSignal,
): AsyncGenerator<StreamEvent> {
  const response = await fetch(addressOf(target, input as object), {
    credentials: 'same-origin',
    headers: { accept: 'text/event-stream', 'x-background': '1' },
    signal,
  }).catch((error: unknown) => {
    if (signal.aborted) throw error;
    throw unreachable();
  });
  if (!response.ok || !response.body) {
    throw readErrorBody(response.status, await response.json().catch(() => undefined));
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const parts = (text + value).split('\n\n');
    text = parts.pop() ?? '';
    for (const part of parts) {
      const event = /^event: (\w+)$/m.exec(part)?.[1];
      const data = /^data: (.*)$/m.exec(part)?.[1];
      if (event !== undefined && data !== undefined) yield { event, data: JSON.parse(data) };
    }
  }
}
