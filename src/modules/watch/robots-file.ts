/** Fetches robots.txt once for each origin of a crawl. */

import { type FetchTools, fetchPage } from './fetch-page.ts';
import { inBoth } from './reason-words.ts';
import { allowAll, denyAll, ROBOTS_MAX, type RobotRules, readRobots } from './robots.ts';

export interface OriginRules extends RobotRules {
  /** Why nothing is allowed, when that is not the file's own word. */
  readonly denial?: string;
}

export interface RobotsFile {
  of(origin: string): Promise<OriginRules>;
}

/**
 * RFC 9309 §2.3.1: a file that does not exist allows everything; a server that fails on it allows nothing; redirects
 * are followed inside the site. A server that cannot be reached at all is left to the page's own request, which
 * tells the reason.
 */
export function createRobotsFile(tools: FetchTools): RobotsFile {
  const known = new Map<string, Promise<OriginRules>>();
  return {
    of: (origin) => {
      let rules = known.get(origin);
      if (!rules) {
        rules = fetchRules(origin, tools);
        known.set(origin, rules);
      }
      return rules;
    },
  };
}

async function fetchRules(origin: string, tools: FetchTools): Promise<OriginRules> {
  const answer = await fetchPage(`${origin}/robots.txt`, tools);
  if (answer.status >= 500) {
    const denial = inBoth(
      `robots.txt 返回 ${answer.status}，按规则（RFC 9309）不能访问`,
      `robots.txt answered ${answer.status}: by its rules (RFC 9309) nothing may be visited`,
    );
    return { ...denyAll, denial };
  }
  if (answer.status < 200 || answer.status >= 300) return allowAll;
  // An error page in place of the file has no groups and allows everything.
  const text = new TextDecoder('utf-8').decode(answer.body.subarray(0, ROBOTS_MAX));
  return readRobots(origin, text);
}
