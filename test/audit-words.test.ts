/** Every act that the audit log can hold, and every part of the program that acts, has words in both languages. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { actName } from '#tasks/contract';
import { modules } from '../src/compose.ts';
import { acts as enActs, parts as enParts } from '../web/words/en/acts.ts';
import { acts as zhActs, parts as zhParts } from '../web/words/zh/acts.ts';

const root = new URL('../src', import.meta.url).pathname;

async function sources(): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter(
    (entry) =>
      entry.isFile() && /\.ts$/.test(entry.name) && !/(\.test|testing|test-\w+)\.ts$/.test(entry.name),
  );
  return Promise.all(files.map((entry) => readFile(join(entry.parentPath, entry.name), 'utf8')));
}

/** Names after `action:` or as the argument after `ctx`, up to the end of the expression. */
function actsIn(text: string): string[] {
  const spots = [...text.matchAll(/\baction: ([^,;{}]*?)(?:,|\n|})|\b\w+\(\s*ctx,\s*('[^']+')/g)];
  return spots.flatMap(([, given = '', argument = '']) =>
    [...`${given}${argument}`.matchAll(/'([a-z]+\.[a-z_]+)'/g)].map(([, name]) => name!),
  );
}

/** Acts whose verb is put together: from the contract's own lists. */
const composed = [
  ...actName.options.map((act) => `tasks.${act}`),
  ...modules.flatMap((module) => module.sheets ?? []).map((sheet) => `${sheet.kind}.import`),
  'incidents.contained',
  'incidents.dismissed',
];

/** Names given to the system at work, to subscriptions and to jobs that act. */
function partsIn(text: string): string[] {
  const spots = text.matchAll(/systemActor\(\s*'([a-z]+\.[a-z_-]+)'|\bon\(\s*\w+,\s*'([a-z]+\.[a-z_-]+)'/g);
  return [...spots].map(([, actor, subscriber]) => (actor ?? subscriber)!);
}

type Tree = Readonly<Record<string, Readonly<Record<string, string>>>>;

function missing(tree: Tree, names: Iterable<string>): string[] {
  return [...new Set(names)]
    .filter((name) => {
      const [module = '', verb = ''] = name.split('.');
      return !tree[module]?.[verb];
    })
    .sort();
}

describe('the words of the audit log', () => {
  it('name every act', async () => {
    const found = (await sources()).flatMap(actsIn);
    expect(new Set(found).size).toBeGreaterThan(60);
    expect(missing(zhActs, [...found, ...composed])).toEqual([]);
    expect(missing(enActs, [...found, ...composed])).toEqual([]);
  });

  it('name every part of the program that acts', async () => {
    const found = (await sources()).flatMap(partsIn);
    expect(new Set(found).size).toBeGreaterThan(20);
    expect(missing(zhParts, found)).toEqual([]);
    expect(missing(enParts, found)).toEqual([]);
  });

  it('would miss a planted one', () => {
    const planted = `await recordAudit(ctx, { action: ok ? 'sites.plant' : 'sites.uproot', subject });
      await audit(ctx, 'trace.plant', id); systemActor('watch.plant'); on(checked, 'sites.plant-too', run)`;
    expect(missing(zhActs, actsIn(planted))).toEqual(['sites.plant', 'sites.uproot', 'trace.plant']);
    expect(missing(zhParts, partsIn(planted))).toEqual(['sites.plant-too', 'watch.plant']);
  });
});
