/** The commands in processes of their own: what only shows there. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { folder, GOOD } from './run-cli.ts';

const bin = fileURLToPath(new URL('../../bin/logcaster.ts', import.meta.url));

test('--help loads nothing that takes time', async () => {
  const cwd = await folder({
    'spy.mjs': `
      import { registerHooks } from 'node:module';
      const seen = [];
      registerHooks({ load(url, context, next) { seen.push(url); return next(url, context); } });
      process.on('exit', () => console.error(seen.join('\\n')));
    `,
  });
  const args = ['--import', './spy.mjs', bin, '--help'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8' });
  expect(status).toBe(0);
  expect(stdout).toMatch(/^Usage: logcaster/);
  const packages = new Set(
    stderr.split('\n').flatMap((url) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? []),
  );
  expect([...packages]).toEqual(['commander']);
  expect(stderr.split('\n').filter((url) => url.includes('/src/')).length).toBeLessThan(20);
});

test('a reader that leaves early ends the command quietly', async () => {
  const cwd = await folder();
  const script = `"${process.execPath}" "${bin}" schema | head -n 1`;
  const { stdout, stderr } = spawnSync('bash', ['-c', script], { cwd, encoding: 'utf8' });
  expect({ stdout, stderr }).toEqual({ stdout: '{\n', stderr: '' });
});

test('a pipe gets everything, without colours, and the exit code is passed on', async () => {
  const cwd = await folder({ 'logcaster.yaml': GOOD, 'bad.yaml': '[]' });
  const run = (...args: string[]) => spawnSync(process.execPath, [bin, ...args], { cwd, encoding: 'utf8' });
  const schema = run('schema');
  expect(() => JSON.parse(schema.stdout)).not.toThrow();
  const checked = run('check', 'bad.yaml');
  expect(checked.status).toBe(78);
  expect(checked.stderr).not.toContain('\u001b');
});
