/** Any acts in any order on the real database, beside a model that keeps one value per unit and day. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AppError } from '#base/errors';
import { buildCity } from '#test/city';
import { actorAt, type TestApp, testApp } from '#test/db';
import { audit } from '../audit/module.ts';
import type { ChangeKind } from './apply-change.ts';
import { changeUnit } from './change-unit.ts';
import { units } from './module.ts';
import { registerUnit } from './register-unit.ts';
import { treeOn } from './tree-store.ts';
import { updateUnit } from './update-unit.ts';

let app: TestApp;
let ids: Record<string, string>;
const officer = actorAt('city', ['units.reorganise']);
/** Days of the story; the last one is today. */
const days = Array.from({ length: 8 }, (_, n) =>
  new Date(Date.UTC(2026, 4, 25 + n)).toISOString().slice(0, 10),
);
const today = days.length - 1;

interface Cell {
  name: string;
  parent: string;
  state: 'open' | 'closed' | 'merged';
}
/** For each unit one cell per day; none before it was there. */
type Model = Map<string, (Cell | undefined)[]>;

beforeAll(async () => {
  app = await testApp([audit, units], { now: `${days.at(-1)}T02:00:00Z` });
  ids = await buildCity(app);
  await app.run(officer, async (ctx) => {
    for (const code of ['city', 'east', 'west']) await updateUnit(ctx, ids[code]!, { sinceOn: '2020-01-01' });
  });
});
afterAll(() => app?.close());

function state(model: Model, code: string, day: number, key: keyof Cell, value: string): void {
  const cells = model.get(code)!;
  const was = cells[day]?.[key];
  for (let at = day; at < cells.length && cells[at]?.[key] === was; at += 1) {
    cells[at] = { ...cells[at]!, [key]: value };
  }
}

function born(model: Model, code: string, name: string, parent: string, day: number): void {
  model.set(
    code,
    days.map((_, at) => (at < day ? undefined : { name, parent, state: 'open' })),
  );
}

interface Step {
  readonly kind: ChangeKind | 'register';
  readonly unit: number;
  readonly other: number;
  readonly day: number;
}
const steps = fc.array(
  fc.record<Step>({
    kind: fc.constantFrom('register', 'rename', 'move', 'move', 'merge', 'split', 'close', 'reopen'),
    unit: fc.nat(9),
    other: fc.nat(9),
    day: fc.nat(today),
  }),
  { minLength: 4, maxLength: 14 },
);

/** Does one step on the database; returns how the model follows, or undefined when it was refused. */
async function take(model: Model, step: Step, serial: string): Promise<(() => void) | undefined> {
  const codes = [...model.keys()];
  const code = codes[step.unit % codes.length]!;
  const other = codes[step.other % codes.length]!;
  const counties = ['east', 'west', 'city'];
  const parentCode = counties[step.other % 3]!;
  const made = `x-${serial}`;
  const base = { effectiveOn: days[step.day]!, docNo: '示教〔2026〕1号', reason: '属性测试' };
  const act = (kind: ChangeKind, body: object) =>
    changeUnit(app, officer, {
      kind,
      unitId: ids[code]!,
      body: { ...base, ...body } as never,
      preview: false,
    });
  try {
    switch (step.kind) {
      case 'register':
        ids[made] = await app.run(officer, (ctx) =>
          registerUnit(ctx, { code: made, name: made, kind: 'school', parentCode, sinceOn: days[step.day]! }),
        );
        return () => born(model, made, made, parentCode, step.day);
      case 'rename':
        await act('rename', { name: `名${serial}` });
        return () => state(model, code, step.day, 'name', `名${serial}`);
      case 'move':
        await act('move', { parentCode });
        return () => state(model, code, step.day, 'parent', parentCode);
      case 'merge':
        await act('merge', { others: [other] });
        return () => {
          state(model, other, step.day, 'state', 'merged');
          state(model, other, step.day, 'parent', code);
        };
      case 'split': {
        const home = model.get(code)![today]!.parent;
        await act('split', { parts: [{ code: made, name: `分${serial}` }] });
        ids[made] = (
          await app.ownerPool.query('SELECT id FROM units.unit WHERE code = $1', [made])
        ).rows[0].id;
        return () => born(model, made, `分${serial}`, home, step.day);
      }
      case 'close':
        await act('close', {});
        return () => state(model, code, step.day, 'state', 'closed');
      case 'reopen':
        await act('reopen', { parentCode });
        return () => {
          state(model, code, step.day, 'state', 'open');
          state(model, code, step.day, 'parent', parentCode);
        };
    }
  } catch (error) {
    // A refusal in words; anything else is a bug and fails the test.
    if (error instanceof AppError && error.code.startsWith('units.')) return undefined;
    throw error;
  }
}

async function compare(model: Model): Promise<void> {
  for (const [at, on] of days.entries()) {
    const rows = await app.run(officer, (ctx) => treeOn(ctx, on, true));
    const codeOf = new Map(Object.entries(ids).map(([code, id]) => [id, code]));
    const found = new Map(rows.map((row) => [codeOf.get(row.id)!, row]));
    for (const [code, cells] of model) {
      const cell = cells[at];
      const row = found.get(code);
      const seen = row && { name: row.name, parent: codeOf.get(row.parentId!), state: row.state };
      expect([on, code, seen]).toEqual([on, code, cell]);
      // No orphan on that day, and the path is the chain of codes.
      if (cell) expect(row!.path).toBe(`${found.get(cell.parent)!.path}.${code}`);
      if (cell?.state === 'open') expect(found.get(cell.parent)!.state).toBe('open');
    }
  }
}

/** What must hold of the register itself, whatever was done: asked of the tables, not of the code. */
async function checkTables(): Promise<void> {
  const bad = await app.ownerPool.query(`
    WITH RECURSIVE chain AS (SELECT id, code AS path FROM units.unit WHERE parent_id IS NULL
      UNION ALL SELECT u.id, chain.path || '.' || u.code FROM units.unit u JOIN chain ON chain.id = u.parent_id)
    SELECT u.code FROM units.unit u LEFT JOIN chain c ON c.id = u.id WHERE c.path IS DISTINCT FROM u.unit_path::text
    UNION ALL
    SELECT u.code FROM units.unit u JOIN units.unit_history h ON h.unit_id = u.id AND upper_inf(h.recorded)
      AND h.valid @> units.calendar_day()
      WHERE (h.name, h.parent_id, h.state) IS DISTINCT FROM (u.name, u.parent_id, u.state)
    UNION ALL
    SELECT a.unit_id::text FROM units.unit_history a JOIN units.unit_history b ON a.unit_id = b.unit_id
      AND a.row_id < b.row_id AND a.valid && b.valid AND a.recorded && b.recorded
    UNION ALL
    SELECT unit_id::text FROM units.unit_history WHERE upper_inf(recorded) GROUP BY unit_id
      HAVING range_agg(valid) <> datemultirange(daterange(min(lower(valid)), NULL))`);
  expect(bad.rows).toEqual([]);
}

it('keeps the tree whole on every day and as a model of days has it', async () => {
  let run = 0;
  let done = 0;
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(steps, async (given) => {
      run += 1;
      const model: Model = new Map();
      for (const n of [1, 2, 3]) {
        const code = `r${run}-${n}`;
        const parentCode = n === 3 ? 'west' : 'east';
        ids[code] = await app.run(officer, (ctx) =>
          registerUnit(ctx, { code, name: code, kind: 'school', parentCode, sinceOn: days[0]! }),
        );
        born(model, code, code, parentCode, 0);
      }
      for (const [at, step] of given.entries()) {
        const follow = await take(model, step, `${run}-${at}`);
        follow?.();
        if (follow) done += 1;
        else refused += 1;
      }
      await compare(model);
      await checkTables();
    }),
    { numRuns: 25, interruptAfterTimeLimit: 45_000 },
  );
  // A model that everything is refused to proves nothing.
  expect(done).toBeGreaterThan(40);
  expect(refused).toBeGreaterThan(10);
}, 120_000);
