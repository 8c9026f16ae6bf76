/** The import rules of the house, made from the ordered list of modules. Each one has a planted violation. */
import { moduleOrder } from '#modules';

export interface ImportRule {
  readonly name: string;
  readonly comment: string;
  readonly severity: 'error';
  readonly from: Record<string, unknown>;
  readonly to: Record<string, unknown>;
}

const notTests = { pathNot: '\\.test\\.ts$|/testing\\.ts$' };
const error = 'error' as const;

/** A module imports only names above it. */
const order: ImportRule[] = moduleOrder.map((name, index) => ({
  name: `order-${name}`,
  comment: `${name} imports only modules above it in src/modules.ts`,
  severity: error,
  from: { path: `^src/modules/${name}/`, ...notTests },
  to: { path: `^src/modules/(?:${[...moduleOrder.slice(index + 1), '--none--'].join('|')})/` },
}));

const sqlClients = '(?:^|/)node_modules/(?:kysely|pg|@clickhouse/client|chdb)/';

export const importRules: readonly ImportRule[] = [
  ...order,
  {
    name: 'two-doors',
    comment: 'another module is entered by its index.ts or contract.ts',
    severity: error,
    from: { path: '^src/modules/([^/]+)/', ...notTests },
    to: { path: '^src/modules/(?!$1/)[^/]+/', pathNot: '^src/modules/[^/]+/(?:index|contract)\\.ts$' },
  },
  {
    name: 'base-knows-no-module',
    comment: 'src/base has no domain words',
    severity: error,
    from: { path: '^src/base/', ...notTests },
    to: { path: '^(?:src/(?:modules|cli|demo)/|src/[^/]+\\.ts$|web/)' },
  },
  {
    name: 'web-sees-contracts',
    comment: 'the web UI sees contracts only',
    severity: error,
    from: { path: '^web/' },
    to: { path: '^src/', pathNot: '^src/(?:base/contract\\.ts|modules/[^/]+/contract\\.ts)$' },
  },
  {
    name: 'cli-sees-contracts',
    comment: 'the CLI and the demo see contracts and the five engines that work offline',
    severity: error,
    from: { path: '^src/(?:cli|demo)/', ...notTests },
    to: {
      path: '^src/modules/',
      pathNot: '^src/modules/(?:[^/]+/contract\\.ts|(?:audit|scan|evidence|logs|trace)/index\\.ts)$',
    },
  },
  {
    name: 'contract-is-plain',
    comment: 'a contract imports zod, #base/contract and other contracts only',
    severity: error,
    from: { path: '^src/modules/[^/]+/contract(?:\\.ts$|/)' },
    to: {
      path: '.',
      pathNot: [
        '(?:^|/)node_modules/zod/',
        '^src/base/contract\\.ts$',
        '^src/modules/[^/]+/contract(?:\\.ts$|/)',
      ],
    },
  },
  {
    name: 'sql-in-store',
    comment: 'SQL clients only in base and in store files',
    severity: error,
    from: { path: '^src/(?:modules|cli|demo)/', pathNot: '(?:store\\.ts$|/store/|\\.test\\.ts$)' },
    // A type is no access.
    to: { path: sqlClients, dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'no-cycles',
    comment: 'no file needs itself to start',
    severity: error,
    from: {},
    to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
  },
];
