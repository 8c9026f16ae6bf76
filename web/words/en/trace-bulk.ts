/** Words of many questions at once. */
export const traceBulk = {
  title: 'Many at once',
  hint: 'Upload a .csv or .xlsx of up to 100,000 rows with the columns ip, port, proto, at, dst_ip, dst_port. It starts when the whole table is in order, works in the background and can be paused; results hold no names.',
  zone: 'Times that name no zone',
  zoneError: 'are errors',
  choose: 'Choose a table and start',
  wrong: '{{count}} rows are wrong; nothing was started:',
  row: 'row {{row}} {{column}}: {{message}}',
  runs: 'Runs',
  progress: '{{done}} of {{rows}}',
  pause: 'Pause',
  resume: 'Resume',
  cancel: 'Cancel',
  cancelSure: 'A cancelled run cannot be resumed; its results stay. Cancel it?',
  xlsx: 'Results (xlsx)',
  empty: 'No runs yet',
  emptyHint: 'Progress and results of uploaded tables are shown here.',
};
export const traceBulkEnums = {
  bulkState: { running: 'running', paused: 'paused', cancelled: 'cancelled', done: 'done' },
};
