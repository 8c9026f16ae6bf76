/** Rules of the house that are about the text of a file. Each one has a planted violation. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { moduleOrder } from '#modules';

export interface TextViolation {
  readonly rule: string;
  readonly file: string;
  readonly what: string;
}

interface SourceFile {
  readonly path: string;
  readonly text: string;
}

type Rule = (file: SourceFile) => string[];

const isTest = (path: string) => /\.test\.tsx?$|-test-\w+\.ts$|\/testing\.ts$/.test(path);

/** Text without comments and string contents, so that a word in prose is no violation. */
function codeOf(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|[^:])\/\/.*$/gm, '$1')
    .replace(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, "''");
}

function forbid(pattern: RegExp, applies: (path: string) => boolean): Rule {
  return ({ path, text }) =>
    applies(path) && !isTest(path) ? [...codeOf(text).matchAll(pattern)].map(([hit]) => hit) : [];
}

const inSource = (path: string) => path.startsWith('src/');

export const textRules: Readonly<Record<string, Rule>> = {
  'environment-in-config': forbid(
    /process\.env\b/g,
    (path) => inSource(path) && path !== 'src/base/config.ts',
  ),
  'time-from-clock': forbid(
    /\bnew Date\(\)|\bDate\.now\(|\bperformance\.now\(/g,
    (path) => inSource(path) && path !== 'src/base/clock.ts',
  ),
  'timers-in-base': forbid(
    /\bset(?:Timeout|Interval)\(|timers\/promises/g,
    (path) => inSource(path) && !path.startsWith('src/base/'),
  ),
  'short-files': ({ path, text }) => {
    const limit = isTest(path) ? 800 : 400;
    const lines = text.split('\n').length - 1;
    const isCode = /\.tsx?$/.test(path) && !/\/data\//.test(path);
    return isCode && lines > limit ? [`${lines} lines, at most ${limit}`] : [];
  },
  'short-readme': ({ path, text }) => {
    const lines = text.trimEnd().split('\n').length;
    return /^src\/modules\/[^/]+\/README\.md$/.test(path) && lines > 20 ? [`${lines} lines, at most 20`] : [];
  },
  'narrow-door': ({ path, text }) => {
    if (!/^src\/modules\/[^/]+\/index\.ts$/.test(path)) return [];
    const names = [...text.matchAll(/export (?:type )?\{([^}]*)\}/g)].flatMap(([, list]) =>
      list!.split(',').filter((name) => name.trim() !== '' && !/^\s*type\s/.test(name)),
    );
    const logic = /=>|function /.test(codeOf(text)) ? ['holds logic'] : [];
    return [...logic, ...(names.length > 12 ? [`${names.length} names, at most 12`] : [])];
  },
  'own-tables': ({ path, text }) => {
    const own = /^src\/modules\/([^/]+)\//.exec(path)?.[1];
    if (!own || isTest(path) || /contract\.ts$/.test(path)) return [];
    const others = moduleOrder.filter((name) => name !== own).join('|');
    const tables = new RegExp(
      `\\b(?:FROM|JOIN|INTO|UPDATE)\\s+((?:${others})\\.(?!\\w+_view\\b)[a-z_]+)`,
      'g',
    );
    return [...text.matchAll(tables)].map(([, table]) => table!);
  },
};

async function filesBelow(root: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .filter((path) => /\.(?:tsx?|md)$/.test(path));
}

/** Reads every source file below `root` and returns what breaks the rules. */
export async function checkTexts(root: string): Promise<{ files: number; violations: TextViolation[] }> {
  const paths = (await Promise.all(['src', 'web'].map((folder) => filesBelow(root, folder)))).flat();
  const violations: TextViolation[] = [];
  for (const path of paths) {
    const file = { path, text: await readFile(join(root, path), 'utf8') };
    for (const [rule, find] of Object.entries(textRules)) {
      violations.push(...find(file).map((what) => ({ rule, file: path, what })));
    }
  }
  return { files: paths.length, violations };
}
