/** The demonstration as a person finds it: started in an empty data directory, known by what the terminal says. */
import { type Incident, listIncidents } from '#incidents/contract';
import { freePort, newDataDir, type Product, startProduct, until } from '#test/product';
import { connect } from '../../src/cli/client.ts';

/** Documented in the terminal; good for nothing else. */
export const demoPassword = 'Jiaodun-demo-2026';

export interface DemoGuide {
  /** The kept mails, as web pages. */
  readonly mail: string;
  /** The page that takes the planted fault away and puts it back; its token is in the address. */
  readonly control: string;
}

/** Ports that no other test's product holds. */
export async function ownSyslogPorts(): Promise<Record<string, string>> {
  return {
    JIAODUN_SYSLOG_TCP_PORT: String(await freePort()),
    JIAODUN_SYSLOG_UDP_PORT: String(await freePort()),
  };
}

/** Starts the demonstration in a new data directory, or again in `dataDir`. */
export async function startDemo(again?: { dataDir: string; port: number }): Promise<Product> {
  const { dataDir, port } = again ?? { dataDir: await newDataDir(), port: await freePort() };
  return startProduct({ dataDir, port, args: ['--demo'], env: await ownSyslogPorts() });
}

/** Waits for the guide in the terminal: everything is fed then. */
export async function readGuide(product: Product): Promise<DemoGuide> {
  return until('the guide of the demonstration', 180_000, async () => {
    const output = product.output();
    const mail = /演示邮箱 mail\s+(http\S+)/.exec(output)?.[1];
    const control = /clean the pages: (http\S+)/.exec(output)?.[1];
    return mail && control ? { mail, control } : undefined;
  });
}

export type Client = Awaited<ReturnType<typeof connect>>;

/** Asks the API as the command line of this machine does; undefined while the answer is not to be had. */
export async function askProduct<T>(
  product: Product,
  question: (client: Client) => Promise<T>,
): Promise<T | undefined> {
  return connect({ data: product.dataDir }).then(question).catch(unavailable);
}

/** What a dying or starting server says; anything else is a fault of the test. */
function unavailable(error: unknown): undefined {
  const { status = 0, code = '' } = error as { status?: number; code?: string };
  if (status >= 500 || code === 'cli.no_server' || status === 401) return undefined;
  const reason = String((error as Error).cause ?? error);
  if (/terminated|other side closed|ECONNRESET|ECONNREFUSED/.test(reason)) return undefined;
  throw error;
}

/** The incidents; none while the server is away. */
export async function incidentsOf(product: Product): Promise<Incident[]> {
  const query = { page: 1, pageSize: 500 };
  const reply = await askProduct(product, (client) => client.call(listIncidents, { query }));
  return reply?.items ?? [];
}

/** Waits until the machine has done its part: pages preserved, source traced, both reports sent. */
export async function awaitResponse(product: Product, milliseconds: number) {
  return until('an incident with evidence, trace and two reports', milliseconds, async () =>
    (await incidentsOf(product)).find(
      (one) => one.trace && one.evidence.length >= 2 && one.obligations.every((duty) => duty.sentAt),
    ),
  );
}
