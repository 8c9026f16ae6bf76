/** Errors as ClickHouse's HTTP interface tells them: a code, a name, a text, a status. */
import { registerErrors } from '#base/errors';

registerErrors({
  'logstore.bad_path': {
    status: 500,
    zh: '日志库目录 {path} 含有 * ? [ ] { } 之一，请换一个目录',
    en: 'The log store’s folder {path} contains one of * ? [ ] { }; choose another',
  },
  'logstore.bad_cluster': {
    status: 500,
    zh: 'ClickHouse 集群名 {name} 只能由字母、数字、下划线和减号组成；请改正 JIAODUN_CLICKHOUSE_CLUSTER',
    en: 'The name of a ClickHouse cluster has letters, digits, _ and -, not {name}; correct JIAODUN_CLICKHOUSE_CLUSTER',
  },
  'logstore.not_for_cluster': {
    status: 500,
    zh: '此日志库语句没有集群形式：{statement}；请使用 MergeTree 族的表',
    en: 'This statement of the log store has no form for clusters: {statement}; use tables of the MergeTree family',
  },
  'logstore.migration_changed': {
    status: 500,
    zh: '日志库迁移文件 {file} 在执行后被修改；请恢复原文件，另建新文件',
    en: 'The log store migration {file} was changed after it was applied; restore it and add a new file',
  },
  'logstore.migration_unknown': {
    status: 500,
    zh: '日志库已执行过本程序没有的迁移 {file}；程序版本太旧',
    en: 'The log store has the migration {file}, which this program does not know: it is too old',
  },
  'logstore.migration_order': {
    status: 500,
    zh: '日志库迁移 {file} 的编号早于已执行的 {applied}',
    en: 'The log store migration {file} is numbered before {applied}, which was already applied',
  },
});

/** A refusal of our own in ClickHouse's terms; codes as in its `ErrorCodes.cpp`. */
export class StoreError extends Error {
  readonly code: number;
  readonly type: string;

  constructor(code: number, type: string, message: string) {
    super(message);
    this.name = 'StoreError';
    this.code = code;
    this.type = type;
  }
}

export interface ToldError {
  readonly code: number;
  readonly status: number;
  /** Without line breaks at its end. */
  readonly text: string;
}

/** Any thrown thing as ClickHouse would tell it. */
export function tellError(error: unknown): ToldError {
  if (error instanceof StoreError) {
    const text = `Code: ${error.code}. DB::Exception: ${error.message} (${error.type})`;
    return { code: error.code, status: statusOf(error.code), text };
  }
  const message = error instanceof Error ? error.message : String(error);
  const code = Number(/Code: (\d+)/.exec(message)?.[1] ?? 1001);
  const text = message.startsWith('Code:')
    ? message
    : `Code: ${code}. DB::Exception: ${message} (STD_EXCEPTION)`;
  return { code, status: statusOf(code), text: text.trimEnd() };
}

/** The statuses that ClickHouse's `HTTPHandler` gives; all other codes are 500. */
const statuses = new Map<number, number>([
  ...[6, 26, 27, 33, 36, 38, 41, 43, 44, 53, 62, 69, 70, 72, 108, 117, 130, 131, 386, 456, 457].map(
    (code) => [code, 400] as const,
  ),
  ...[15, 16, 46, 47, 50, 56, 60, 73, 81, 115].map((code) => [code, 404] as const),
  ...[164, 291, 452, 497, 516].map((code) => [code, 403] as const),
  [48, 501],
  [159, 408],
  [202, 503],
  [241, 500],
  [307, 413],
]);

function statusOf(code: number): number {
  return statuses.get(code) ?? 500;
}
