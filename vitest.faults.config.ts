import { defineConfig } from 'vitest/config';

/** The fault tests (full disks, killed processes and the like) are slow and take the machine for themselves: one at a time. */
export default defineConfig({
  test: {
    include: ['test/faults/**/*.test.ts'],
    passWithNoTests: true,
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
