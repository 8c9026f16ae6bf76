/** What the figures of a collector's heartbeat say of each of its receivers. Pure. */

type Figures = Readonly<Record<string, number | null>>;

const plain = {
  'syslog-udp': {
    port: 'udpPort',
    received: 'udpReceived',
    kernelDrops: 'kernelDrops',
    buffer: 'udpBuffer',
    wantedBuffer: 'wantedUdpBuffer',
  },
  'syslog-tcp': {
    port: 'tcpPort',
    received: 'tcpReceived',
    cut: 'cut',
    broken: 'framingErrors',
    connections: 'connections',
    refused: 'refused',
  },
} as const;

const fields = [
  'port',
  'received',
  'cut',
  'broken',
  'connections',
  'refused',
  'repeated',
  'kernelDrops',
  'buffer',
  'wantedBuffer',
] as const;
type Field = (typeof fields)[number];

export type ReceiverLine = { readonly name: string } & Readonly<Record<Field, number | null>>;

/** Plain syslog first, then the others by their names. */
export function receiversIn(figures: Figures): ReceiverLine[] {
  const extra = [
    ...new Set(Object.keys(figures).flatMap((key) => (key.includes('.') ? [key.split('.')[0]!] : []))),
  ];
  return [
    ...Object.entries(plain).map(([name, keys]) =>
      lineOf(name, (field) => figures[(keys as Partial<Record<Field, string>>)[field] ?? '']),
    ),
    ...extra.map((name) => lineOf(name, (field) => figures[`${name}.${field}`])),
  ];
}

function lineOf(name: string, figureOf: (field: Field) => number | null | undefined): ReceiverLine {
  const values = Object.fromEntries(fields.map((field) => [field, figureOf(field) ?? null]));
  return { name, ...(values as Record<Field, number | null>) };
}
