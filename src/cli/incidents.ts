import { parseArgs } from 'node:util';
import { type Incident, listIncidents } from '#incidents/contract';
import { beijing } from './beijing.ts';
import type { ClientIo } from './commands.ts';

const help = `jiaodun incidents [--state STATE] [--json]

事件与两份报告的时限。incidents and the clocks of their two reports.

  --state   responding | contained | closed | dismissed
`;

/** `jiaodun incidents`: exit 1 when an open obligation is late, so that a monitor can call it. */
export async function incidentsCommand(argv: string[], io: ClientIo): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: { state: { type: 'string' }, json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) {
    io.stdout(help);
    return 0;
  }
  const items = await allIncidents(io, values.state as Incident['state'] | undefined);
  if (values.json) io.stdout(`${JSON.stringify(items.map(shapeOf), null, 2)}\n`);
  else io.stdout(items.length === 0 ? '没有事件 no incidents\n' : `${items.map(lineOf).join('\n')}\n`);
  const late = items.some((one) => one.obligations.some((clock) => clock.late && !clock.acknowledgedAt));
  return late ? 1 : 0;
}

async function allIncidents(io: ClientIo, state: Incident['state'] | undefined): Promise<Incident[]> {
  const items: Incident[] = [];
  for (let page = 1; ; page += 1) {
    const reply = await io.client.call(listIncidents, {
      query: { page, pageSize: 500, ...(state && { state }) },
    });
    items.push(...reply.items);
    if (reply.items.length < 500) return items;
  }
}

/** The shape that the CLI promises. */
function shapeOf(one: Incident): object {
  return {
    id: one.id,
    number: one.number,
    title: one.title,
    unit: one.unit,
    state: one.state,
    t0: one.t0,
    obligations: one.obligations.map(({ to, dueAt, sentAt, acknowledgedAt, late }) => ({
      to,
      dueAt,
      sentAt,
      acknowledgedAt,
      late,
    })),
    evidence: one.evidence.map(({ file, sha256, bag }) => ({ bag: file, sha256, id: bag })),
    trace: one.trace,
  };
}

function lineOf(one: Incident): string {
  const clocks = one.obligations.map(({ to, acknowledgedAt, sentAt, dueAt, late }) => {
    const what = acknowledgedAt
      ? `已签收 acknowledged ${beijing(acknowledgedAt)}`
      : sentAt
        ? '已发送 sent'
        : '未发送 not sent';
    return `    ${to.padEnd(7)} ${late ? '迟报 late ' : ''}${what}，时限 due ${beijing(dueAt)}`;
  });
  return [`${one.number}  ${one.state}  ${one.unit}  ${one.title}`, ...clocks].join('\n');
}
