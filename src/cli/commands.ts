/** The commands, loaded when they are called: `jiaodun --help` must not wait for the browser. */
import type { Client } from './client.ts';

export interface Io {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly stdin: NodeJS.ReadableStream;
}

/** What a command that talks to the server gets besides. */
export interface ClientIo extends Io {
  readonly client: Client;
  /** `--data`, or where this machine's server keeps its data; none when another server was named. */
  readonly dataDir?: string;
}

export type Run = (argv: string[], io: Io) => Promise<number>;

export interface Command {
  readonly name: string;
  readonly zh: string;
  readonly en: string;
  readonly load: () => Promise<Run>;
}

/** Takes `--data`, `--server` and `--token` out of the arguments and connects before `run` sees the rest. */
function withClient(run: (argv: string[], io: ClientIo) => Promise<number>): Run {
  return async (argv, io) => {
    const { connect } = await import('./client.ts');
    const options: Record<string, string> = {};
    const rest: string[] = [];
    for (let index = 0; index < argv.length; index += 1) {
      const [, name, value] = /^--(data|server|token)(?:=(.*))?$/s.exec(argv[index]!) ?? [];
      if (!name) rest.push(argv[index]!);
      else if (value !== undefined) options[name] = value;
      else options[name] = argv[++index] ?? '';
    }
    // Help, and templates, need no server: connecting waits until the command calls.
    let connecting: Promise<Client> | undefined;
    const client = () => (connecting ??= connect(options));
    const lazy: Client = {
      get url() {
        return options.server ?? '';
      },
      call: async (route, input) => (await client()).call(route, input),
      upload: async (route, input, content) => (await client()).upload(route, input, content),
      download: async (route, input) => (await client()).download(route, input),
      stream: async (route, input) => (await client()).stream(route, input),
    };
    const here = options.server ? {} : { dataDir: options.data ?? './data' };
    return run(rest, { ...io, client: lazy, ...here });
  };
}

export const commands: readonly Command[] = [
  {
    name: 'start',
    zh: '启动系统',
    en: 'starts the system',
    load: async () => (await import('./start.ts')).startCommand,
  },
  {
    name: 'import',
    zh: '导入单位、人员、网站、地址分配、设备',
    en: 'imports units, people, sites, allocations, devices',
    load: async () => withClient((await import('./import.ts')).importCommand),
  },
  {
    name: 'units',
    zh: '查看、导出、划转、合并、撤销单位',
    en: 'lists, exports, moves, merges and closes units',
    load: async () => withClient((await import('./units.ts')).unitsCommand),
  },
  {
    name: 'addresses',
    zh: '查地址占用记录、从日志重建',
    en: 'shows who had an address, and rebuilds that from the logs',
    load: async () => withClient((await import('./addresses.ts')).addressesCommand),
  },
  {
    name: 'devices',
    zh: '查设备台账、问题，导出',
    en: 'lists devices, their faults, exports the register',
    load: async () => withClient((await import('./devices.ts')).devicesCommand),
  },
  {
    name: 'scan',
    zh: '扫描文件、文件夹或网页',
    en: 'scans files, folders or pages',
    load: async () => (await import('./scan.ts')).scanCommand,
  },
  {
    name: 'sites',
    zh: '看网站能否打开、有无问题，立即探测',
    en: 'tells how the websites are, and probes one now',
    load: async () => withClient((await import('./sites.ts')).sitesCommand),
  },
  {
    name: 'findings',
    zh: '查问题、报告已整改、提出误报',
    en: 'lists findings, reports them as fixed, proposes false alarms',
    load: async () => withClient((await import('./findings.ts')).findingsCommand),
  },
  {
    name: 'logs',
    zh: '接收与检索日志',
    en: 'ingests and searches logs',
    load: async () => withClient((await import('./logs.ts')).logsCommand),
  },
  {
    name: 'trace',
    zh: '由公网地址、端口与时间溯源，单个、成批或读来函',
    en: 'traces a public address, port and time; one, many, or from a letter',
    load: async () => withClient((await import('./trace.ts')).traceCommand),
  },
  {
    name: 'incidents',
    zh: '查看事件与时限',
    en: 'lists incidents and their clocks',
    load: async () => withClient((await import('./incidents.ts')).incidentsCommand),
  },
  {
    name: 'tasks',
    zh: '待办、办理进度、布置事项',
    en: 'lists tasks and their progress, asks schools',
    load: async () => withClient((await import('./tasks.ts')).tasksCommand),
  },
  {
    name: 'evidence',
    zh: '离线核验证据包',
    en: 'verifies an evidence bag offline',
    load: async () => (await import('./evidence.ts')).evidenceCommand,
  },
  {
    name: 'audit',
    zh: '查看、校验、导出和见证审计日志',
    en: 'lists, verifies, exports and witnesses the audit log',
    load: async () => withClient((await import('./audit.ts')).auditCommand),
  },
  {
    name: 'account',
    zh: '解锁、重置账号，结束登录',
    en: 'unlocks and resets accounts, ends their sessions',
    load: async () => withClient((await import('./account.ts')).accountCommand),
  },
  {
    name: 'notify',
    zh: '测试消息通道，处理发送失败的消息',
    en: 'tests message channels, handles dead letters',
    load: async () => withClient((await import('./notify.ts')).notifyCommand),
  },
  {
    name: 'doctor',
    zh: '检查本机与系统状态',
    en: 'checks this machine and the running system',
    load: async () => (await import('./doctor.ts')).doctorCommand,
  },
];
