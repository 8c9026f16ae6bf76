/** Words of drop folders and of uploads in pieces. */
export const logFiles = {
  folders: 'Drop folders',
  foldersHint:
    'Files put into a folder named as a source (or by its number) are taken once they are left alone, and move to done or failed.',
  folder: 'Folder',
  collector: 'Machine',
  source: 'Log source',
  waiting: 'Waiting',
  waitingOf: '{{count}} files, {{bytes}}',
  oldest: 'Oldest file',
  failed: 'Failed',
  taken: 'Taken',
  lastTaken: 'Last taken',
  seen: 'Looked at',
  state: 'State',
  fine: 'Fine',
  noFolders: 'No drop folders',
  noFoldersHint:
    'Let the operators make a folder named as the log source (or its number) below drop in the server’s data directory and put log files into it; see their guide.',
  uploads: 'Uploads in pieces',
  file: 'File',
  by: 'Sent by',
  progress: 'Progress',
  progressOf: '{{sent}} / {{all}}',
  created: 'Begun',
  result: 'Result',
  resultOf: '{{records}} lines',
  resultAlready: 'The content was here before; nothing was added',
  expires: 'Can go on until {{at}}',
  noUploads: 'No uploads in pieces',
  noUploadsHint:
    'Small files go through “Import a log file”; operators send large ones with jiaodun logs upload (or any tus 1.0 client), which goes on after a break.',
  anyway:
    'Seal the file even when no line of it can be read (refused otherwise: what is sealed cannot be taken back)',
  indexing: 'The lines are being read; which times they tell is said then…',
  read: '{{parsed}} lines read, {{unparsable}} could not be',
  times: 'Times of the lines: {{from}} to {{to}}',
  ahead: '{{lines}} lines lie in the future: is a clock or a zone wrong?',
  aged: '{{lines}} lines are older than such logs are kept: a wrong clock, or old logs?',
};

export const logFileEnums = {
  logDropProblem: {
    unknown_source: 'No source of this name',
    not_lines: 'The source takes datagrams, not files',
    not_a_folder: 'Not a folder',
    unreadable: 'Cannot be read or taken just now',
  },
  logUploadState: {
    open: 'On its way',
    received: 'Waits to be taken',
    done: 'Taken',
    failed: 'Failed',
    expired: 'Expired',
  },
};
