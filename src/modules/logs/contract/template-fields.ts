/** What a template may tell, by the row it makes: names of fields, and what each must look like. */

export const templateRows = [
  'other',
  'proxy',
  'dns',
  'site',
  'firewall',
  'flow',
  'alert',
  'nat',
  'block',
  'lease',
  'sighting',
] as const;
export type TemplateRow = (typeof templateRows)[number];

/** `word` has no blanks; `text` goes on until what follows it; `rest` to the end of the line. */
export const fieldTypes = ['ip', 'port', 'mac', 'number', 'proto', 'word', 'text', 'rest', 'time'] as const;
export type FieldType = (typeof fieldTypes)[number];

const words: readonly FieldType[] = ['word', 'text', 'rest', 'number', 'ip', 'port', 'mac'];

/** Types that may stand for a wanted one. */
export const fits: Readonly<Record<FieldType, readonly FieldType[]>> = {
  ip: ['ip'],
  port: ['port', 'number'],
  mac: ['mac'],
  number: ['number', 'port'],
  proto: ['proto', 'word', 'number'],
  word: words,
  text: words,
  rest: words,
  time: ['time'],
};

interface RowFields {
  readonly fields: Readonly<Record<string, FieldType>>;
  readonly required: readonly string[];
  /** Whether other names are kept as named values of their own. */
  readonly open: boolean;
  /** What a line can mean; the first is meant when nothing is said. */
  readonly meanings: readonly string[];
}

const event: RowFields = {
  fields: {
    time: 'time',
    cli: 'ip',
    cport: 'port',
    dst: 'ip',
    dport: 'port',
    proto: 'proto',
    host: 'word',
    path: 'word',
    method: 'word',
    status: 'number',
    act: 'word',
    user: 'word',
    up: 'number',
    dn: 'number',
    took: 'number',
  },
  required: [],
  open: true,
  meanings: [],
};

const special = {
  nat: {
    fields: {
      time: 'time',
      start: 'time',
      pubip: 'ip',
      pubport: 'port',
      inip: 'ip',
      inport: 'port',
      dstip: 'ip',
      dstport: 'port',
      proto: 'proto',
    },
    required: ['pubip', 'pubport', 'inip'],
    open: false,
    meanings: ['new', 'update', 'destroy'],
  },
  block: {
    fields: {
      time: 'time',
      start: 'time',
      pubip: 'ip',
      lo: 'port',
      hi: 'port',
      step: 'number',
      inip: 'ip',
      proto: 'proto',
    },
    required: ['pubip', 'lo', 'hi', 'inip'],
    open: false,
    meanings: ['alloc', 'free'],
  },
  lease: {
    fields: { time: 'time', ip: 'ip', mac: 'mac', hostname: 'word', lease: 'number' },
    required: ['ip'],
    open: false,
    meanings: ['ack', 'release', 'nak', 'decline', 'expire'],
  },
  sighting: {
    fields: {
      time: 'time',
      ip: 'ip',
      mac: 'mac',
      oldmac: 'mac',
      user: 'word',
      session: 'word',
      nas: 'word',
      port: 'word',
    },
    required: ['ip'],
    open: false,
    meanings: ['seen', 'start', 'interim', 'stop', 'changed'],
  },
} satisfies Record<string, RowFields>;

export function fieldsOf(row: TemplateRow): RowFields {
  return row in special ? special[row as keyof typeof special] : event;
}
