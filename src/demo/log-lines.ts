/** One function per log format: how its program writes a line, in its own zone. Pure. */

/** Asia/Shanghai has no summer time and has stood at UTC+8 since 1991. */
const SHANGHAI_MS = 8 * 3600_000;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (value: number): string => (value < 10 ? `0${value}` : String(value));

/** Calls with the same second come in bursts: one formatted head is kept. */
function perSecond(write: (shanghai: Date) => string): (ms: number) => string {
  let second = -1;
  let text = '';
  return (ms) => {
    const now = Math.floor(ms / 1000);
    if (now !== second) {
      second = now;
      text = write(new Date(now * 1000 + SHANGHAI_MS));
    }
    return text;
  };
}

/** RFC 3164 §4.1.2: no year, day padded with a blank, local time. */
const syslogStamp = perSecond(
  (d) =>
    `${MONTHS[d.getUTCMonth()]} ${String(d.getUTCDate()).padStart(2)} ` +
    `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())}`,
);

const accessStamp = perSecond(
  (d) =>
    `${two(d.getUTCDate())}/${MONTHS[d.getUTCMonth()]}/${d.getUTCFullYear()}:` +
    `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())} +0800`,
);

/** dnsmasq's DHCP remark, e.g. `Nov  6 20:05:44 dnsmasq-dhcp[969]: DHCPACK(br0) 10.0.0.5 00:00:5e:… PC-01`. */
export function dhcpLine(ms: number, verb: string, ip: string, mac: string, name = ''): string {
  const who = verb === 'DHCPDISCOVER' ? mac : `${ip} ${mac}`;
  return `${syslogStamp(ms)} dnsmasq-dhcp[969]: ${verb}(br0) ${who}${verb === 'DHCPACK' ? ` ${name}` : ''}`;
}

/** dnsmasq's remark of a question with `log-queries`. */
export function dnsLine(ms: number, type: 'A' | 'AAAA', host: string, client: string): string {
  return `${syslogStamp(ms)} dnsmasq[969]: query[${type}] ${host} from ${client}`;
}

export interface NatFlow {
  readonly proto: 'tcp' | 'udp';
  readonly inIp: string;
  readonly inPort: number;
  readonly publicIp: string;
  readonly publicPort: number;
  readonly dstIp: string;
  readonly dstPort: number;
}

/** One `conntrack -E -o timestamp` line; the answer half's destination is the NAT's public side. */
export function conntrackLine(ms: number, event: 'NEW' | 'DESTROY', flow: NatFlow): string {
  const micros = Math.round((ms - Math.floor(ms / 1000) * 1000) * 1000);
  const stamp = `[${Math.floor(ms / 1000)}.${String(micros).padStart(6, '0')}]`;
  const proto = flow.proto === 'tcp' ? 'tcp      6' : 'udp      17';
  const out = `src=${flow.inIp} dst=${flow.dstIp} sport=${flow.inPort} dport=${flow.dstPort}`;
  const back = `src=${flow.dstIp} dst=${flow.publicIp} sport=${flow.dstPort} dport=${flow.publicPort}`;
  if (event === 'DESTROY') return `${stamp}\t[DESTROY] ${proto} ${out} ${back} [ASSURED]`;
  const state = flow.proto === 'tcp' ? ' 120 SYN_SENT ' : ' 30 ';
  return `${stamp}\t    [NEW] ${proto}${state}${out} [UNREPLIED] ${back}`;
}

export interface ProxyRequest {
  readonly durationMs: number;
  readonly client: string;
  readonly result: string;
  readonly bytes: number;
  readonly method: string;
  readonly url: string;
  readonly peer: string;
  readonly type: string;
}

/** One line of Squid's native access log; the stamp is the END of the request, in UTC seconds. */
export function squidLine(ms: number, r: ProxyRequest): string {
  const stamp = `${Math.floor(ms / 1000)}.${String(Math.floor(ms % 1000)).padStart(3, '0')}`;
  const took = String(r.durationMs).padStart(6);
  return `${stamp} ${took} ${r.client} ${r.result} ${r.bytes} ${r.method} ${r.url} - ${r.peer} ${r.type}`;
}

export interface SiteRequest {
  readonly clientIp: string;
  readonly clientPort: number;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly bytes: number;
  readonly referrer: string;
  readonly agent: string;
  readonly host: string;
}

/** nginx `combined`, then the client's address:port and the virtual host (a log_format of two more words). */
export function accessLine(ms: number, r: SiteRequest): string {
  return (
    `${r.clientIp} - - [${accessStamp(ms)}] "${r.method} ${r.path} HTTP/1.1" ${r.status} ${r.bytes} ` +
    `"${r.referrer}" "${r.agent}" ${r.clientIp}:${r.clientPort} host=${r.host}`
  );
}
