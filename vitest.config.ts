import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (file: string) => fileURLToPath(new URL(`./src/${file}`, import.meta.url));

export default defineConfig({
  resolve: {
    // What examples import is what is being worked on.
    alias: [
      { find: /^logcaster$/, replacement: source('index.ts') },
      { find: /^logcaster\/plugin$/, replacement: source('plugin.ts') },
      { find: /^logcaster\/testing$/, replacement: source('testing.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/bench/**', 'test/faults/**'],
    // Each test file gets a process of its own: tests open real sockets and files and send real signals.
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // The tests start real processes with real deadlines, and CI machines are shared. On a developer's machine a test that
    // fails now and then must be seen, so there is no second try there.
    retry: process.env['CI'] === undefined ? 0 : 2,
    coverage: { provider: 'v8', include: ['src/**/*.ts'] },
  },
});
