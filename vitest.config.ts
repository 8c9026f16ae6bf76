import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take longest, measured; begun last they would run alone while the other workers have nothing left. */
const longest = [
  /^test\/system\//,
  /^test\/[^/]+\.test\.ts$/,
  /^test\/(e2e|attack)\//,
  /^src\/base\/(postgres|logstore|browser)/,
  /^src\/modules\/watch\/(home-pictures|rendered|watch)/,
  /^src\/modules\/(logs|incidents|trace|addresses|watch)\//,
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const root = `${import.meta.dirname}/`;
    const rankOf = ({ moduleId }: TestSpecification) => {
      const at = longest.findIndex((pattern) => pattern.test(moduleId.replace(root, '')));
      return at < 0 ? longest.length : at;
    };
    return (await super.sort(files)).toSorted((a, b) => rankOf(a) - rankOf(b));
  }
}

/**
 * One project for everything under src/ and test/; files share a process (`isolate: false`, 4x faster here). Three workers for
 * two cores: the system tests wait for other processes most of the time.
 */
export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'web/**/*.test.ts'],
    isolate: false,
    globalSetup: ['./test/support/memory-folder.ts'],
    pool: 'forks',
    maxWorkers: 3,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    passWithNoTests: false,
    sequence: { sequencer: LongestFirst },
  },
});
