import { defineConfig } from 'vitest/config';

/**
 * One project for everything under src/ and test/; files share a process (`isolate: false`, 4x faster here). Three workers for
 * two cores: the system tests wait for other processes most of the time.
 */
export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'web/**/*.test.ts'],
    isolate: false,
    pool: 'forks',
    maxWorkers: 3,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    passWithNoTests: false,
  },
});
