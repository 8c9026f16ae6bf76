import { defineConfig } from 'vitest/config';

/**
 * One project for everything under src/ and test/; files share a process (`isolate: false`, 4x faster here). Two workers for
 * two cores: with three, the product of kill.test was stopped by its neighbours.
 */
export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'web/**/*.test.ts'],
    isolate: false,
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    passWithNoTests: false,
  },
});
