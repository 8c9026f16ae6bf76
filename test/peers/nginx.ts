/** A real web server (Debian's nginx) on a free loopback port, serving the files of a temporary directory. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { freePort } from './slapd.ts';

const program = '/usr/sbin/nginx';
/** Why the tests on a real web server do not run here; undefined: they do. */
export const noNginx = existsSync(program) ? undefined : `${program} is not installed`;

export interface Nginx {
  readonly resolveTo: string;
  /** `METHOD path status bytes` of every request so far. */
  asked(): Promise<string[]>;
  close(): Promise<void>;
}

/** Serves `files` (by path) with `rules`, lines of an nginx server block. */
export async function startNginx(
  files: Readonly<Record<string, string | Uint8Array>>,
  rules: string,
): Promise<Nginx> {
  const dir = await mkdtemp(join(tmpdir(), 'jiaodun-nginx-'));
  for (const [path, body] of Object.entries(files)) {
    const file = join(dir, 'www', path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, body);
  }
  const port = await freePort();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${dir}/${kind};`)
    .join(' ');
  // One process, which ends with its pid; no address of the server itself in redirects, as behind a school's gateway.
  const conf = `daemon off; master_process off; pid ${dir}/pid; error_log ${dir}/error.log;
events {}
http {
  ${temporary}
  log_format asked '$request_method $request_uri $status $body_bytes_sent';
  access_log ${dir}/access.log asked;
  types { text/html html htm; application/pdf pdf; application/msword doc; }
  default_type application/octet-stream;
  server { listen 127.0.0.1:${port}; root ${dir}/www; absolute_redirect off; ${rules} }
}
`;
  await writeFile(join(dir, 'nginx.conf'), conf);
  const child = spawn(program, ['-p', dir, '-e', join(dir, 'error.log'), '-c', join(dir, 'nginx.conf')], {
    stdio: 'ignore',
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  process.once('exit', () => child.kill('SIGKILL'));
  await untilListening(port, ended, join(dir, 'error.log'));
  return {
    resolveTo: `127.0.0.1:${port}`,
    asked: async () => (await readFile(join(dir, 'access.log'), 'utf8')).split('\n').filter(Boolean),
    close: async () => {
      child.kill('SIGTERM');
      await ended;
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Tries until somebody listens; fails with the program's own words when it ends. */
async function untilListening(port: number, ended: Promise<unknown>, log: string): Promise<void> {
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  while (!isOver) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (isOpen) return;
  }
  throw new Error(`nginx ended: ${await readFile(log, 'utf8')}`);
}
