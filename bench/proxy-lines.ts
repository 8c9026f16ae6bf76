/** Synthetic lines of a proxy, the same in every run. */

/** A number that looks random and is the same every time. */
export function hash(n: number): number {
  let x = Math.imul(n ^ 0x9e3779b9, 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** Line `n` of a proxy (Squid native), written at `atMs`, with its running number: few hosts have most of the lines; 200,000 hosts, 100,000 clients. */
export function proxyLine(n: number, atMs: number, sequence = n): string {
  const a = hash(n * 4 + 1);
  const b = hash(n * 4 + 2);
  const c = hash(n * 4 + 3);
  const skew = (x: number, most: number) => Math.floor((x / 2 ** 32) ** 4 * most);
  const at = atMs / 1000;
  const device = skew(a, 100_000);
  const site = skew(b, 200_000);
  const tail = ['com', 'cn', 'net', 'edu.example', 'org'][site % 5];
  const path = `/${(c % 5000).toString(36)}/${['index.html', 'app.js', 'img.png', 'api/v1/list'][c % 4]}`;
  const host = `${['www', 'cdn', 'api', 'img'][c % 4]}.s${site.toString(36)}-${hash(site) % 1000}.${tail}`;
  const status = c % 50 === 0 ? 404 : 200;
  return `${at.toFixed(3)} ${c % 900} 10.${device >> 16}.${(device >> 8) & 255}.${device & 255} ${1024 + (b % 60_000)} 198.51.100.${b % 200} ${c % 3 === 0 ? 80 : 443} ${c % 4 === 0 ? 'TCP_HIT' : 'TCP_MISS'}/${status} ${200 + (a % 2000)} ${500 + (c % 90_000)} GET http://${host}${path} - - ${sequence}`;
}
