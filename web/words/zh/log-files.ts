/** Words of drop folders and of uploads in pieces. */
export const logFiles = {
  folders: '投放目录',
  foldersHint: '放进与日志源同名（或同编号）目录里的文件，静置后自动导入，随后移入 done 或 failed。',
  folder: '目录',
  collector: '机器',
  source: '日志源',
  waiting: '等待',
  waitingOf: '{{count}} 个，{{bytes}}',
  oldest: '最早的文件',
  failed: '失败',
  taken: '已导入',
  lastTaken: '最近导入',
  seen: '最近查看',
  state: '状态',
  fine: '正常',
  noFolders: '没有投放目录',
  noFoldersHint:
    '请运维在服务器数据目录的 drop 下为日志源建一个同名目录（或编号），把日志文件放进去即可；做法见运维指南。',
  uploads: '分片上传',
  file: '文件',
  by: '上传人',
  progress: '进度',
  progressOf: '{{sent}} / {{all}}',
  created: '开始时间',
  result: '结果',
  resultOf: '{{records}} 行',
  resultAlready: '内容早已导入，没有重复',
  expires: '{{at}} 前可续传',
  noUploads: '没有分片上传',
  noUploadsHint:
    '小文件用“导入日志文件”即可；大文件由运维用命令行 jiaodun logs upload（或任何 tus 1.0 客户端）上传，中断后可续传。',
  anyway: '一行也读不懂时仍原样封存（默认拒收：封存后不能撤回）',
  indexing: '正在解析，解析完会说明各行的时间……',
  read: '读懂 {{parsed}} 行，未能解析 {{unparsable}} 行',
  times: '各行的时间：{{from}} 至 {{to}}',
  ahead: '{{lines}} 行的时间在未来：设备的钟或时区不对？',
  aged: '{{lines}} 行的时间早于留存期限：设备的钟不对，还是旧日志？',
};

export const logFileEnums = {
  logDropProblem: {
    unknown_source: '没有同名的日志源',
    not_lines: '该日志源收数据报，不收文件',
    not_a_folder: '不是目录',
    unreadable: '读不了或暂时不能导入',
  },
  logUploadState: { open: '上传中', received: '等待导入', done: '已导入', failed: '失败', expired: '已过期' },
};
