/** The conformance kit needs no vitest: Node's own test runner runs it too. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const plugin = fileURLToPath(new URL('./node-test/plugin.ts', import.meta.url));

async function runNodeTest(forgets: 'yes' | 'no'): Promise<string> {
  const env = { ...process.env, FORGETS: forgets };
  const { stdout } = await promisify(execFile)(process.execPath, ['--test', '--test-reporter=tap', plugin], {
    env,
  }).catch((error: unknown) => error as { stdout: string });
  return stdout;
}

test('a good sink passes under node:test', async () => {
  const report = await runNodeTest('no');
  expect(report).toMatch(/^# fail 0$/m);
  expect(report).toMatch(/ok \d+ - it stores every line, byte for byte/);
  expect(report).not.toMatch(/# (cancelled|skipped|todo) [1-9]/);
});

test('a bad one fails', async () => {
  const report = await runNodeTest('yes');
  expect(report).toMatch(/not ok \d+ - it stores every line, byte for byte/);
  expect(report).toContain('lines are stored in place of');
});
