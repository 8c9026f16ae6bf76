/** Pages opened in a browser. */
export const rendered = {
  title: 'Opened in a browser',
  hint: 'A check reads the source of a page. What style sheets hide, what scripts write, and scripts that lead visitors away show only in a browser: the home page daily, pages that only scripts fill or that changed first, the others in turn.',
  none: 'Not opened yet. The next check that reads pages has them opened.',
  page: 'Page',
  result: 'Result',
  when: 'When',
  clean: 'Nothing that shows only in a browser',
  found: 'Problems that show only in a browser: {{count}}',
  away: 'Its scripts lead visitors to {{to}}',
  waiting: 'Waiting: {{why}}',
  now: 'Open the home page now',
} as const;

export const renderedEnums = {
  renderedWhy: {
    home: 'home page, daily',
    script: 'only scripts fill it',
    changed: 'it changed',
    finding: 'retest',
    sample: 'its turn',
    asked: 'somebody asked',
  },
} as const;
