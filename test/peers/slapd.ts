/** A real OpenLDAP server (Debian's slapd) on free loopback ports, with its files in a temporary directory. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { peerCertificate, peerKey } from './tls.ts';

const program = '/usr/sbin/slapd';
/** Why the tests on a real directory do not run here; undefined: they do. */
export const noSlapd = existsSync(program) ? undefined : `${program} is not installed`;

export const suffix = 'dc=school,dc=example';
export const serviceDn = `cn=reader,${suffix}`;
export const servicePassword = 'reader-secret';

export interface Slapd {
  readonly port: number;
  readonly tlsPort: number;
  close(): Promise<void>;
}

/** A port that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function person(uid: string, cn: string, more: string): string {
  const name = Buffer.from(cn).toString('base64');
  return `dn: uid=${uid},ou=people,${suffix}
objectClass: inetOrgPerson
uid: ${uid}
cn:: ${name}
sn:: ${name}
userPassword: ${uid}-password
${more}
`;
}

const ldif = `dn: ${suffix}
objectClass: dcObject
objectClass: organization
dc: school
o: School

dn: ou=people,${suffix}
objectClass: organizationalUnit
ou: people

dn: ${serviceDn}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: reader
userPassword: ${servicePassword}

${person('wang', '王示例', 'employeeNumber: P-001\nmobile: +86 138 0000 0001')}
${person('li', '李示例', 'mobile: 13800000002')}
${person('a*b', '星号', 'employeeNumber: P-003')}
dn: uid=twin,ou=people,${suffix}
objectClass: inetOrgPerson
uid: twin
cn: twin
sn: twin
userPassword: twin-password

dn: cn=other twin,ou=people,${suffix}
objectClass: inetOrgPerson
uid: twin
cn: other twin
sn: twin
userPassword: twin-password
`;

export async function startSlapd(): Promise<Slapd> {
  const dir = await mkdtemp(join(tmpdir(), 'jiaodun-slapd-'));
  await mkdir(join(dir, 'db'));
  await writeFile(join(dir, 'cert.pem'), `${peerCertificate}\n`);
  await writeFile(join(dir, 'key.pem'), peerKey, { mode: 0o600 });
  await writeFile(join(dir, 'people.ldif'), ldif);
  const schemas = ['core', 'cosine', 'inetorgperson'].map(
    (name) => `include /etc/ldap/schema/${name}.schema`,
  );
  // It allows what a careless directory allows: a bind with a name and no password, as nobody.
  await writeFile(
    join(dir, 'slapd.conf'),
    `${schemas.join('\n')}
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile ${dir}/slapd.pid
allow bind_anon_cred bind_anon_dn
TLSCertificateFile ${dir}/cert.pem
TLSCertificateKeyFile ${dir}/key.pem
database mdb
suffix "${suffix}"
rootdn "cn=admin,${suffix}"
directory ${dir}/db
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="${serviceDn}" read by * none
`,
  );
  execFileSync('/usr/sbin/slapadd', ['-f', join(dir, 'slapd.conf'), '-l', join(dir, 'people.ldif')]);
  const [port, tlsPort] = [await freePort(), await freePort()];
  const urls = `ldap://127.0.0.1:${port} ldaps://127.0.0.1:${tlsPort}`;
  const child = spawn(program, ['-d', '0', '-h', urls, '-f', join(dir, 'slapd.conf')], { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  process.once('exit', () => child.kill('SIGKILL'));
  await untilListening(port, ended);
  return {
    port,
    tlsPort,
    close: async () => {
      child.kill('SIGTERM');
      await ended;
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Tries until somebody listens; an end of the program ends the wait. */
async function untilListening(port: number, ended: Promise<unknown>): Promise<void> {
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  while (!isOver) {
    const isThere = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => setTimeout(() => resolve(false), 20));
    });
    if (isThere) return;
  }
  throw new Error('slapd ended before it listened');
}
