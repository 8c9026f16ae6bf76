/** The rules of the house hold, and each check fails when its rule is broken on purpose. */
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { moduleOrder } from '#modules';
import { modules } from '../src/compose.ts';
import { checkImports } from './architecture/check-imports.ts';
import { importRules } from './architecture/import-rules.ts';
import { checkTexts, textRules } from './architecture/text-rules.ts';

const root = process.cwd();

describe('the house', () => {
  it('keeps the import rules', async () => {
    const { files, violations } = await checkImports(root);
    expect(violations).toEqual([]);
    expect(files).toBeGreaterThan(200);
  });

  it('keeps the rules about texts', async () => {
    const { files, violations } = await checkTexts(root);
    expect(violations).toEqual([]);
    expect(files).toBeGreaterThan(200);
  });

  it('starts its modules in the order of modules.ts', () => {
    const started = modules.map((module) => module.name);
    expect(started).toEqual(moduleOrder.filter((name) => started.includes(name)));
  });

  it('declares every permission that a role holds or a route asks for', async () => {
    const { roles } = await import('#auth');
    const declared = new Set(modules.flatMap((module) => Object.keys(module.permissions ?? {})));
    const asked = modules.flatMap((module) => (module.routes ?? []).map(({ route }) => route.access));
    const held = Object.values(roles).flatMap((role) => role.permissions);
    const unknown = [...asked, ...held].filter(
      (one) => !declared.has(one) && !['public', 'signed-in', 'session'].includes(one),
    );
    expect([...new Set(unknown)]).toEqual([]);
  });
});

/** One file for each rule that breaks it. */
const planted: Record<string, [path: string, text: string]> = {
  ...Object.fromEntries(
    moduleOrder
      .slice(0, -1)
      .map((name, index) => [
        `order-${name}`,
        [`src/modules/${name}/planted-order.ts`, `import '#${moduleOrder[index + 1]}/contract';\n`],
      ]),
  ),
  'two-doors': ['src/modules/incidents/planted-door.ts', `import '../units/rules.ts';\n`],
  'base-knows-no-module': [
    'src/base/planted.ts',
    `import type { Unit } from '#units/contract';\nexport type X = Unit;\n`,
  ],
  'web-sees-contracts': ['web/planted.ts', `import '../src/base/db.ts';\n`],
  'cli-sees-contracts': ['src/cli/planted.ts', `import '#units';\n`],
  'contract-is-plain': ['src/modules/zz/contract.ts', `import 'node:fs';\n`],
  'sql-in-store': [
    'src/modules/units/planted-sql.ts',
    `import { sql } from 'kysely';\nexport const x = sql;\n`,
  ],
  'no-cycles': ['src/base/planted-a.ts', `import './planted-b.ts';\nexport const a = 1;\n`],
  'environment-in-config': ['src/base/planted-env.ts', `export const home = process.env.HOME;\n`],
  'time-from-clock': ['src/modules/units/planted-time.ts', `export const now = new Date();\n`],
  'timers-in-base': ['src/modules/units/planted-timer.ts', `setTimeout(() => undefined, 1);\n`],
  'short-files': ['src/modules/units/planted-long.ts', '// one line\n'.repeat(401)],
  'short-readme': ['src/modules/zz/README.md', 'line\n'.repeat(21)],
  'narrow-door': [
    'src/modules/zz/index.ts',
    `export { a, b, c, d, e, f, g, h, i, j, k, l, m } from './x.ts';\n`,
  ],
  'own-tables': ['src/modules/units/planted-store.ts', 'export const x = `SELECT 1 FROM auth.account`;\n'],
};

describe('a planted violation', () => {
  let copy: string;
  let imports: Set<string>;
  let texts: Set<string>;

  beforeAll(async () => {
    copy = await mkdtemp(join(tmpdir(), 'jiaodun-planted-'));
    for (const name of ['src', 'web', 'package.json', 'tsconfig.json']) {
      await cp(join(root, name), join(copy, name), { recursive: true });
    }
    await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
    await writeFile(join(copy, 'src/base/planted-b.ts'), `import './planted-a.ts';\nexport const b = 1;\n`);
    for (const [path, text] of Object.values(planted)) {
      await mkdir(dirname(join(copy, path)), { recursive: true });
      await writeFile(join(copy, path), text);
    }
    imports = new Set((await checkImports(copy)).violations.map(({ rule }) => rule));
    texts = new Set((await checkTexts(copy)).violations.map(({ rule }) => rule));
  });
  afterAll(() => rm(copy, { recursive: true, force: true }));

  const lastModule = `order-${moduleOrder.at(-1)}`;
  const allRules = [...importRules.map((rule) => rule.name), ...Object.keys(textRules)];

  it.each(allRules.filter((rule) => rule !== lastModule))('of %s is found', (rule) => {
    expect(planted[rule], `plant a violation of ${rule}`).toBeDefined();
    expect(imports.has(rule) || texts.has(rule)).toBe(true);
  });
});
