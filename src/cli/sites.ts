import { parseArgs } from 'node:util';
import { listSites } from '#sites/contract';
import { getSiteWatch, getWall, probeNow, type Tile, tileState } from '#watch/contract';
import type { ClientIo } from './commands.ts';

const help = `jiaodun sites status [--state STATE] [--json]
jiaodun sites probe SITE [--json]

网站现在怎样，最差的在前；立即探测一个网站（域名、网址或编号）。
how the websites are, the worst first; probes one now (host, address or id).

  --state   ${tileState.options.join(' | ')}

有网站打不开或有严重问题时，status 的退出码为 1，可供监控调用。
status exits with 1 when a website does not open or has grave findings, so that a monitor can call it.
`;

/** `jiaodun sites`: how the websites are, and a probe out of turn. */
export async function sitesCommand(argv: string[], io: ClientIo): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: { state: { type: 'string' }, json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
  });
  const [act, site, ...more] = positionals;
  if (values.help || act === undefined) {
    io.stdout(help);
    return values.help ? 0 : 2;
  }
  const state = tileState.optional().safeParse(values.state);
  if (act === 'status' && site === undefined && state.success) {
    return status(io, state.data, values.json ?? false);
  }
  if (act === 'probe' && site !== undefined && more.length === 0) {
    return probe(io, site, values.json ?? false);
  }
  io.stderr(help);
  return 2;
}

async function status(io: ClientIo, state: Tile['state'] | undefined, json: boolean): Promise<number> {
  const items: Tile[] = [];
  for (let page = 1; ; page += 1) {
    const query = { page, pageSize: 2000, ...(state && { state }) };
    const reply = await io.client.call(getWall, { query });
    items.push(...reply.items);
    if (reply.items.length < 2000) break;
  }
  if (json) io.stdout(`${JSON.stringify(items, null, 2)}\n`);
  else io.stdout(items.length === 0 ? '没有网站 no websites\n' : `${items.map(lineOf).join('\n')}\n`);
  return items.some((one) => one.state === 'down' || one.state === 'faulty') ? 1 : 0;
}

function lineOf({ state, host, unitName, name, result, openFindings }: Tile): string {
  const why = result && result !== 'ok' ? `  ${result}` : '';
  const found = openFindings > 0 ? `  问题 findings ${openFindings}` : '';
  return `${state.padEnd(7)} ${host}  ${unitName}  ${name}${why}${found}`;
}

async function probe(io: ClientIo, site: string, json: boolean): Promise<number> {
  const id = await idOf(io, site);
  if (id === undefined) {
    io.stderr(`没有登记这个网站 no such website: ${site}\n`);
    return 2;
  }
  const asked = await io.client.call(probeNow, { params: { id } });
  const before = await io.client.call(getSiteWatch, { params: { id } });
  if (json) {
    io.stdout(`${JSON.stringify({ ...asked, availability: before.availability }, null, 2)}\n`);
    return 0;
  }
  const last = before.probedAt ? `${before.availability}（${before.probedAt}）` : before.availability;
  io.stdout(
    `已开始探测，几秒后用 sites status 看结果 probing; look with sites status soon\n上次 last: ${last}\n`,
  );
  return 0;
}

/** The id of a site that is named by its id, its host or its address. */
async function idOf(io: ClientIo, site: string): Promise<string | undefined> {
  if (/^[0-9a-f]{8}-[0-9a-f-]{27}$/i.test(site)) return site;
  const host = URL.parse(site)?.host || site.toLowerCase();
  const { items } = await io.client.call(listSites, { query: { q: host, pageSize: 100 } });
  return items.find((one) => one.host === host)?.id;
}
