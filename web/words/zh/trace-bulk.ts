/** Words of many questions at once. */
export const traceBulk = {
  title: '批量查询',
  hint: '上传 .csv 或 .xlsx，最多 10 万行，列名：公网地址、端口、协议、时间、对端地址、对端端口。整张表检查无误后才开始，在后台逐批查询，可暂停；结果不含姓名。',
  zone: '表中没有写时区的时间',
  zoneError: '按错误处理',
  choose: '选择表格并开始',
  wrong: '有 {{count}} 行不对，没有开始：',
  row: '第 {{row}} 行 {{column}}：{{message}}',
  runs: '批量查询记录',
  progress: '{{done}} / {{rows}}',
  pause: '暂停',
  resume: '继续',
  cancel: '取消',
  cancelSure: '取消后不能继续，已有结果保留。确定取消？',
  xlsx: '结果（xlsx）',
  empty: '还没有批量查询',
  emptyHint: '上传表格后，进度和结果显示在这里。',
};
export const traceBulkEnums = {
  bulkState: { running: '进行中', paused: '已暂停', cancelled: '已取消', done: '已完成' },
};
