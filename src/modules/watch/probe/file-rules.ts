/** Files and pages that no school means to publish, and by what in their content they are known. */

export interface Candidate {
  readonly path: string;
  readonly rule: string;
  readonly text: string;
  readonly remedy: string;
  /** Whether the answer is the thing itself: by its content, never by its status alone. */
  readonly isIt: (answer: FileAnswer) => boolean;
}

export interface FileAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The first bytes, as Latin-1. */
  readonly start: string;
}

const remove = '从网站目录里删掉，或在服务器设置里禁止访问；内容已经外泄的，更换其中的密码。';
const close = '只允许从校内或指定地址访问管理后台，并启用强密码。';

const has = (pattern: RegExp) => (answer: FileAnswer) => isWhole(answer) && pattern.test(answer.start);
const isWhole = ({ status }: FileAnswer) => status === 200 || status === 206;
const notPage = ({ start }: FileAnswer) => !/<(?:!doctype|html|head|body)\b/i.test(start);

function one(
  rule: string,
  text: string,
  paths: readonly string[],
  isIt: Candidate['isIt'],
  remedy = remove,
): Candidate[] {
  return paths.map((path) => ({ path, rule: `exposure.${rule}`, text: `${text}：${path}`, remedy, isIt }));
}

const archive = /^(?:PK\x03\x04|\x1f\x8b|Rar!\x1a|7z\xbc\xaf\x27\x1c)/;
const dump = /^(?:--\s*(?:MySQL|MariaDB|PostgreSQL)|\/\*!\d{5}|(?:DROP|CREATE) TABLE|SQLite format 3)/i;
const secret =
  /^\s*(?:export\s+)?(?:APP_KEY|DB_PASSWORD|DB_PASS|SECRET\w*|\w*_(?:KEY|SECRET|PASSWORD|TOKEN))\s*=/m;
const password = /<input[^>]{0,300}type\s*=\s*["']?password/i;

/** The short list: asked for once a week, one at a time. */
export const candidates: readonly Candidate[] = [
  ...one('repository', '源代码仓库可以下载', ['/.git/HEAD'], has(/^(?:ref: refs\/|[0-9a-f]{40}\s*$)/)),
  ...one('repository', '源代码仓库可以下载', ['/.svn/wc.db'], has(/^SQLite format 3/)),
  ...one('secrets', '口令文件可以下载', ['/.env'], (answer) => notPage(answer) && has(secret)(answer)),
  ...one('configuration', '配置文件可以下载', ['/web.config.bak'], has(/<configuration\b/i)),
  ...one('configuration', '配置文件可以下载', ['/WEB-INF/web.xml'], has(/<web-app\b/i)),
  ...one(
    'configuration',
    '配置文件可以下载',
    ['/config.php.bak', '/wp-config.php.bak'],
    has(/<\?php|DB_PASSWORD/),
  ),
  ...one(
    'backup',
    '网站备份可以下载',
    ['/backup.zip', '/www.zip', '/web.zip', '/wwwroot.rar', '/bak.rar', '/backup.tar.gz'],
    has(archive),
  ),
  ...one(
    'database',
    '数据库备份可以下载',
    ['/backup.sql', '/db.sql', '/data.sql'],
    (answer) => notPage(answer) && has(dump)(answer),
  ),
  ...one('server_state', '服务器状态页对外公开', ['/phpinfo.php'], has(/phpinfo\(\)|<title>PHP \d/i)),
  ...one('server_state', '服务器状态页对外公开', ['/server-status'], has(/Apache Server Status/i)),
  ...one('server_state', '服务器状态页对外公开', ['/druid/index.html'], has(/Druid Stat Index/i)),
  ...one('server_state', '服务器状态页对外公开', ['/actuator/env'], has(/"propertySources"/)),
  ...one('listing', '目录索引文件可以下载', ['/.DS_Store'], has(/^\x00\x00\x00\x01Bud1/)),
  ...one(
    'admin',
    '管理后台对外网开放',
    ['/manager/html'],
    (answer) => answer.status === 401 && /tomcat manager/i.test(answer.headers['www-authenticate'] ?? ''),
    close,
  ),
  ...one(
    'admin',
    '管理后台对外网开放',
    ['/admin/', '/admin/login', '/dede/login.php', '/wp-login.php', '/phpmyadmin/'],
    has(password),
    close,
  ),
];

/** Paths that cannot exist, one for each kind of answer: what they get tells what an answer is worth. */
export function controls(random: string): string[] {
  return [`/${random}/`, `/${random}.zip`, `/.${random}`];
}

/**
 * Whether a server's answer is worth nothing because it gives the like to paths that do not exist: the same start of
 * the same status. A log-in page that is shown for everything is no admin page.
 */
export function isLikeControl(answer: FileAnswer, control: readonly FileAnswer[]): boolean {
  return control.some(
    (other) =>
      other.status === answer.status && (other.start === answer.start || likeness(other.start, answer.start)),
  );
}

/** Pages that differ only in the path that they repeat. */
function likeness(left: string, right: string): boolean {
  if (left.length === 0 || Math.abs(left.length - right.length) > 200) return false;
  const title = (text: string) => /<title>([^<]{0,200})/i.exec(text)?.[1];
  const [a, b] = [title(left), title(right)];
  return a !== undefined && a === b && password.test(left) === password.test(right);
}
