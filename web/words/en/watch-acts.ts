/** Acts of the module `watch` as the audit log holds them. */
export const watchActs = {
  propose_words: 'Proposed changes of the word list',
  refuse_words: 'Refused changes of the word list',
  withdraw_words: 'Took changes of the word list back',
  start_rescan: 'Checks all websites again',
  act_rescan: 'Paused, resumed or cancelled a rescan',
  save_words: 'Changed the word list',
  check_document: 'check a file',
  mask_document: 'make a masked copy of a file',
  scan_content: 'check a text or a page',
  save_policy: 'Changed the settings of the crawl',
  open_campaign: 'Found a campaign on several websites',
  judge_campaign: 'Judged a campaign on several websites',
  accept_baseline: 'Accepted how a home page looks',
  start_check: 'Started a check',
  save_probe_rules: 'Changed the rules of the probes',
  want_picture: 'Asked for a picture of a page',
  draw_picture: 'Drew a page and marked the spot',
  probe_now: 'Probed a website',
} as const;

/** Parts of the module that act by themselves. */
export const watchParts = {
  check: 'site check',
  check_fix: 're-check',
  first_check: 'first check',
  pictures: 'drawing of pages',
  probe: 'site probe',
  probes: 'schedule of probes',
  look: 'look at name and certificate',
  probe_fix: 're-check',
  rescan: 'Rescan',
  rescan_step: 'Rescan',
  schedule: 'schedule',
  'take-up': 'taking up checks',
} as const;
