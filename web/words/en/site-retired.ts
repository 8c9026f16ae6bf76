/** Words of websites that are retired, and of their correction. */
export const siteRetired = {
  retire: 'Retire the website',
  restore: 'Restore the website',
  reason: 'Reason',
  retireHint:
    'It is no longer probed or checked and leaves the wall and the lists; open findings and tasks end with it, the history stays; its host may be registered anew. It can be restored later.',
  restoreHint: 'It is checked again at once. Not possible when its host was registered anew.',
  retireDone: 'Retired',
  restoreDone: 'Restored; the check begins now',
  note: 'Retired by {{byName}} at {{at}}: {{reason}}',
  noteOfficer: 'No longer probed or checked; the history stays. It can be restored.',
  noteSchool: 'No longer probed or checked; the history stays. Ask a county or city officer to restore it.',
  askOfficer: 'Out of use, or registered under a wrong host? Ask a county or city officer to retire it.',
  noFindings: 'It is no longer checked; earlier checks are listed below.',
  state: 'Registration',
  inUse: 'In use',
  retired: 'Retired',
  urlFree: 'No page was read yet: it can be corrected.',
  urlFixed:
    'Pages were read: the host stays, scheme and path may change. For a wrong host, have an officer retire it and register the right one.',
  urlReason: 'Why the address changes',
  urlReasonHelp: 'Only needed with another address',
};
