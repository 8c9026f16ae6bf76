/** Asks a site politely for files that should not be public. */

import { newId } from '#base/id';
import { outboundFetch } from '#base/outbound';
import { pause } from '#base/timers';
import { failureText } from '../failure-text.ts';
import { inBoth } from '../reason-words.ts';
import { isLoopback, outcomeOf } from '../rules.ts';
import { type Candidate, candidates, controls, type FileAnswer, isLikeControl } from './file-rules.ts';
import { type Look, type Remark, unread } from './look.ts';
import { allowOf, type ProbedSite } from './rules.ts';

export interface FileTools {
  readonly userAgent: string;
  readonly signal: AbortSignal;
  readonly timeoutMs?: number;
}

/** What is taken of an answer: enough to know the thing, never the thing itself. */
const START_BYTES = 4096;
const BETWEEN_MS = 1000;
/** After so many refusals in a row a firewall has noticed us: the rest is not asked, and the look counts as not made. */
const REFUSALS_MAX = 3;
/** A site that does not answer so often is not asked further. */
const SILENCES_MAX = 2;

/** Looks for every candidate, one request a second (none is waited for while only loopback answers). */
export async function lookForFiles(
  site: ProbedSite,
  tools: FileTools,
): Promise<Look<{ readonly asked: number }>> {
  const nowhere = controls(`jiaodun-${newId().slice(-12)}`);
  const asker = makeAsker(site, tools, nowhere[0]!);
  const control: FileAnswer[] = [];
  for (const path of nowhere) {
    const answer = await asker.ask(path);
    if (answer) control.push(answer);
    if (asker.stopped) return unread(asker.stopped);
  }
  const remarks: Remark[] = [];
  for (const candidate of candidates) {
    const answer = await asker.ask(candidate.path);
    if (asker.stopped) return unread(asker.stopped);
    if (answer && candidate.isIt(answer) && !isLikeControl(answer, control)) {
      remarks.push(remarkOf(site, candidate, answer));
    }
  }
  return { facts: { asked: candidates.length }, remarks, unread: null };
}

function remarkOf(site: ProbedSite, { rule, path, text, remedy }: Candidate, answer: FileAnswer): Remark {
  const length = answer.headers['content-range']?.split('/')[1] ?? answer.headers['content-length'];
  const size = length && /^\d+$/.test(length) ? `，共 ${length} 字节` : '';
  const address = new URL(path, site.url).href;
  return { rule, text, evidence: `${address}：状态码 ${answer.status}${size}，内容已核对`, remedy };
}

function makeAsker(site: ProbedSite, tools: FileTools, nowhere: string) {
  const state = { refused: 0, silent: 0, isNear: true, isFirst: true };
  const send = async (path: string) => {
    if (!state.isFirst && !state.isNear) await pause(BETWEEN_MS);
    state.isFirst = false;
    tools.signal.throwIfAborted();
    const answer = await outboundFetch(new URL(path, site.url).href, {
      allow: allowOf(site),
      headers: {
        'User-Agent': tools.userAgent,
        Range: `bytes=0-${START_BYTES - 1}`,
        'Accept-Encoding': 'identity',
      },
      maxBytes: START_BYTES,
      maxRedirects: 0,
      timeoutMs: tools.timeoutMs ?? 8000,
      signal: tools.signal,
      insecureTls: 'record',
    });
    tools.signal.throwIfAborted();
    state.isNear &&= isLoopback(answer.exchanges.at(-1)?.remoteAddress ?? '');
    return answer;
  };
  const asker = {
    /** Why the look was broken off. */
    stopped: null as string | null,
    async ask(path: string): Promise<FileAnswer | undefined> {
      const { status, headers, body, error } = await send(path);
      if (status === 0) {
        state.silent += 1;
        if (state.silent >= SILENCES_MAX)
          asker.stopped = error ? failureText(error) : inBoth('没有应答', 'No answer');
        return undefined;
      }
      state.silent = 0;
      const start = Buffer.from(body).toString('latin1');
      state.refused = isRefusal(status, start) ? state.refused + 1 : 0;
      if (state.refused >= REFUSALS_MAX) {
        // A server may well refuse names that begin with a dot; one that refuses any name has noticed us.
        const again = await send(nowhere);
        state.refused = 0;
        if (isRefusal(again.status, Buffer.from(again.body).toString('latin1'))) {
          asker.stopped = inBoth(
            `连续被拒绝（状态码 ${status}），没有再问`,
            `Refused again and again (status ${status}); not asked any more`,
          );
        }
      }
      return { status, headers, start };
    },
  };
  return asker;
}

function isRefusal(status: number, start: string): boolean {
  return outcomeOf(status, start.length, start) === 'refused';
}
