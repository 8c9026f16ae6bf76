/**
 * Cruises the imports of `root` and returns what breaks the rules, and how many files were really read:
 * with TypeScript 7 and without swc the tool reads nothing and calls that a success.
 */
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import { importRules } from './import-rules.ts';

export interface Violation {
  readonly rule: string;
  readonly from: string;
  readonly to: string;
}

export async function checkImports(root: string): Promise<{ files: number; violations: Violation[] }> {
  const { output } = await cruise(
    ['src', 'web'],
    {
      baseDir: root,
      parser: 'swc',
      tsPreCompilationDeps: true,
      exclude: { path: '^(?:dist|web/dist)/' },
      doNotFollow: { path: 'node_modules' },
      enhancedResolveOptions: {
        exportsFields: ['exports'],
        conditionNames: ['node', 'import', 'require', 'default'],
      },
      validate: true,
      ruleSet: { forbidden: [...importRules] } as never,
    },
    { extensions: ['.ts', '.tsx', '.mjs', '.js', '.json'] } as never,
  );
  const result = output as ICruiseResult;
  return {
    files: result.modules.filter((module) => /\.tsx?$/.test(module.source) && module.dependencies.length > 0)
      .length,
    violations: result.summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to })),
  };
}

if (import.meta.main) {
  const { files, violations } = await checkImports(process.cwd());
  for (const { rule, from, to } of violations) process.stdout.write(`${rule}: ${from} → ${to}\n`);
  process.stdout.write(`${files} files, ${violations.length} violations\n`);
  process.exitCode = violations.length > 0 || files < 100 ? 1 : 0;
}
