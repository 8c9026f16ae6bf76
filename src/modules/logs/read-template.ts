import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import type { TemplatePattern, TemplatePreview } from './contract.ts';
import type { Misfit } from './decoders/template/match-line.ts';
import { PatternError, type Step } from './decoders/template/parse-pattern.ts';
import { compileTemplate, type Template, type Tried, tryTemplate } from './decoders/template/template.ts';
import { toText } from './decoders/text.ts';
import { settingsOf } from './rules.ts';
import * as catalogue from './store/catalogue.ts';
import { findTemplate, insertTemplate } from './store/templates.ts';

/** The newest template of a source. Fails with `base.not_found`. */
export async function readTemplate(ctx: Ctx, sourceId: number) {
  await sourceWith(ctx, sourceId);
  return (await findTemplate(ctx, sourceId)) ?? { version: 0, patterns: [], at: null };
}

/**
 * Saves a new version of a source's patterns, which raises the version of its decoder. Fails with
 * `logs.no_template_format`, `logs.template_invalid` (which pattern, which column), `base.not_found`.
 */
export async function saveTemplate(ctx: Ctx, sourceId: number, patterns: readonly TemplatePattern[]) {
  const source = await sourceWith(ctx, sourceId);
  if (source.format !== 'template') {
    fail('logs.no_template_format', { name: source.name, format: source.format });
  }
  for (const [i, given] of patterns.entries()) {
    const { error } = compiled(given);
    if (error)
      fail('logs.template_invalid', { pattern: i + 1, column: error.column, zh: error.zh, en: error.en });
  }
  const before = await findTemplate(ctx, sourceId);
  const saved = await insertTemplate(ctx, source, patterns);
  await recordAudit(ctx, {
    action: 'logs.save_template',
    subject: `log_source:${sourceId}`,
    unitPath: source.unit_path,
    before: before && { version: before.version, patterns: before.patterns },
    after: { version: saved.version, patterns },
  });
  return saved;
}

function compiled(given: TemplatePattern): { template?: Template; error?: PatternError } {
  try {
    return { template: compileTemplate(given) };
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    return { error };
  }
}

const maxLines = 200;

/** What patterns make of pasted lines, as they were received now. A pattern that cannot be used is left out and told. */
export async function previewTemplate(
  ctx: Ctx,
  sourceId: number,
  given: { patterns: readonly TemplatePattern[]; sample: string },
): Promise<TemplatePreview> {
  const source = await sourceWith(ctx, sourceId);
  const tried = given.patterns.map(compiled);
  const faults = tried.map(({ error }) =>
    error ? { column: error.column, zh: error.zh, en: error.en } : null,
  );
  const lines = given.sample.split(/\r?\n/).filter((line) => line.trim() !== '');
  const settings = settingsOf(source);
  const recvAt = ctx.clock.now();
  const shown = lines.slice(0, maxLines).map((line) => {
    const text = Buffer.from(line, 'utf8').toString('latin1');
    const results = tried.map(({ template }) => template && tryTemplate(template, text, settings, recvAt));
    return presentLine(line, text, results);
  });
  return { faults, lines: shown, more: Math.max(0, lines.length - maxLines) };
}

function presentLine(line: string, text: string, results: readonly (Tried | undefined)[]) {
  const nothing = { line, pattern: null, at: null, fields: {}, misfit: null };
  for (const [i, result] of results.entries()) {
    if (!result || !('row' in result)) continue;
    const fields = [...result.match.values].map(([name, value]) => [name, toText(value, 8192)]);
    const times = [...result.match.times].map(([name, ts]) => [name, new Date(ts).toISOString()]);
    const at = new Date(result.row.ts).toISOString();
    return { line, pattern: i + 1, at, fields: Object.fromEntries([...times, ...fields]), misfit: null };
  }
  const misfits = results.flatMap((result) => (result && 'misfit' in result ? [result.misfit] : []));
  const furthest = misfits.sort((a, b) => b.column - a.column)[0];
  return furthest ? { ...nothing, misfit: tellMisfit(furthest, text) } : nothing;
}

/** The column in characters of the line as it is shown, and what was expected there. */
function tellMisfit({ column, step }: Misfit, text: string) {
  const shown = toText(text.slice(0, column - 1), 65_536).length + 1;
  return { column: shown, ...expectation(step) };
}

function expectation(step: Step | 'end'): { zh: string; en: string } {
  if (step === 'end')
    return { zh: '模式到此结束，但这一行还有内容', en: 'the pattern ends here, the line goes on' };
  if ('literal' in step) {
    const literal = toText(step.literal.join(' '), 2000);
    return { zh: `应为文字“${literal}”`, en: `the text “${literal}” was expected` };
  }
  const name = step.name === '' ? '_' : step.name;
  return { zh: `应为字段 ${name}（${step.type}）`, en: `the field ${name} (${step.type}) was expected` };
}

async function sourceWith(ctx: Ctx, id: number): Promise<catalogue.SourceRow> {
  return (await catalogue.findSource(ctx, { id })) ?? fail('base.not_found', { what: `log source ${id}` });
}
