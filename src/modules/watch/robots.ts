/** robots.txt (RFC 9309), read so that a hostile file costs little. Pure. */
import robotsModule from 'robots-parser';

/** The package is CommonJS: its function is the module, while its types speak of a default export. */
const robotsParser = robotsModule as unknown as typeof robotsModule.default;

/** The name by which a site's robots.txt may address this crawler. */
export const ROBOT_NAME = 'jiaodunwatch';

export interface RobotRules {
  isAllowed(url: string): boolean;
  /** Seconds, when the file asks for them. */
  readonly crawlDelay: number | undefined;
}

export const allowAll: RobotRules = { isAllowed: () => true, crawlDelay: undefined };
export const denyAll: RobotRules = { isAllowed: () => false, crawlDelay: undefined };

/** RFC 9309 §2.5: at least 500 KiB are read. */
export const ROBOTS_MAX = 500 * 1024;
const LINE_MAX = 500;
const RULES_MAX = 2000;
/** Each wildcard may make a comparison as long as the address, so their number is limited. */
const WILDCARD_RULES_MAX = 50;

/** The rules of `text` for this crawler, as fetched from `origin`. */
export function readRobots(origin: string, text: string): RobotRules {
  const robots = robotsParser(`${origin}/robots.txt`, ownGroups(text.slice(0, ROBOTS_MAX)));
  return {
    isAllowed: (url) => robots.isAllowed(url, ROBOT_NAME) ?? true,
    crawlDelay: robots.getCrawlDelay(ROBOT_NAME),
  };
}

/**
 * Only the groups that speak to every robot or to this one, each agent once: in the parser, a file of many agents
 * before many rules multiplies.
 */
function ownGroups(text: string): string {
  const kept: string[] = [];
  let agents = new Set<string>();
  let inRules = true;
  let rules = 0;
  let wildcards = 0;
  for (const raw of text.split(/\r\n|\r|\n/)) {
    const line = raw.split('#', 1)[0]!.trim().slice(0, LINE_MAX);
    const key = /^([a-z-]+)\s*:/i.exec(line)?.[1]?.toLowerCase();
    if (key === 'user-agent') {
      if (inRules) agents = new Set();
      inRules = false;
      const agent = line
        .slice(line.indexOf(':') + 1)
        .trim()
        .toLowerCase()
        .split('/', 1)[0]!
        .trim();
      if ((agent !== '*' && agent !== ROBOT_NAME) || agents.has(agent)) continue;
      if (agents.size === 0) kept.push('');
      agents.add(agent);
      kept.push(`User-agent: ${agent}`);
      continue;
    }
    if (key === undefined) continue;
    inRules = true;
    if (agents.size === 0 || !['allow', 'disallow', 'crawl-delay'].includes(key)) continue;
    if (line.includes('*') && ++wildcards > WILDCARD_RULES_MAX) continue;
    if (++rules <= RULES_MAX) kept.push(line);
  }
  return kept.join('\n');
}
