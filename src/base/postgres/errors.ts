import { registerErrors } from '#base/errors';

/** What can go wrong between a data directory and a running server, each with its remedy. */
registerErrors({
  'postgres.unsupported_platform': {
    status: 500,
    zh: '内置 PostgreSQL 不支持 {platform}；请用 DATABASE_URL 指定自己的 PostgreSQL 18',
    en: 'No built-in PostgreSQL for {platform}; give your own PostgreSQL 18 with DATABASE_URL',
  },
  'postgres.engine_broken': {
    status: 500,
    zh: '内置 PostgreSQL 无法运行（{engine}）：{reason}；请重新执行 npm ci',
    en: 'The built-in PostgreSQL does not run ({engine}): {reason}; run npm ci again',
  },
  'postgres.no_account': {
    status: 500,
    zh: 'PostgreSQL 不能以 root 运行，且找不到可用的普通用户（{tried}）；请新建用户 jiaodun，或用普通用户启动',
    en: 'PostgreSQL refuses root and none of the users {tried} exists; make a user jiaodun, or start as an ordinary user',
  },
  'postgres.no_reachable_place': {
    status: 500,
    zh: '用户 {account} 无法进入 {dataDir}，而 {fallback} 不可写（{reason}）；请用 --data 指定一个普通用户可以进入的目录',
    en: 'User {account} cannot enter {dataDir}, and {fallback} is not writable ({reason}); give a directory that ordinary users may enter with --data',
  },
  'postgres.data_missing': {
    status: 500,
    zh: '{pointer} 指明数据在 {home}，但那里没有数据库；请恢复该目录，不要另建空库',
    en: '{pointer} says that the data is in {home}, but there is no database; restore that folder (an empty one is not made in its place)',
  },
  'postgres.wrong_version': {
    status: 500,
    zh: '数据目录属于 PostgreSQL {found}，本程序带的是 {expected}；请先用旧版本导出',
    en: 'The data belongs to PostgreSQL {found}, this program brings {expected}; export it with the older version first',
  },
  'postgres.initdb_failed': {
    status: 500,
    zh: '建立数据库失败：{reason}',
    en: 'initdb failed: {reason}',
  },
  'postgres.start_failed': {
    status: 500,
    zh: 'PostgreSQL 没有启动：{reason}',
    en: 'PostgreSQL did not start: {reason}',
  },
  'postgres.orphan_stuck': {
    status: 500,
    zh: '上次遗留的 PostgreSQL（PID {pid}）停不下来；请手工结束它',
    en: 'A PostgreSQL left over from an earlier run (pid {pid}) does not stop; end it by hand',
  },
});
