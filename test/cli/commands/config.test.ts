import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { folder, GOOD, runCli } from '../run-cli.ts';

test('prints the built-in pipeline of the flags where there is no file', async () => {
  const cwd = await folder();
  const { code, out, err } = await runCli(['config', '-P', '-p', '7000', '-s', '1'], { cwd });
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatchInlineSnapshot(`
    "# LogCaster: the built-in pipeline
    sources:
      tcp:
        type: tcp
        host: 127.0.0.1
        port: 7000
    pipelines:
      main:
        from: tcp
        to:
          - ring
          - files
    sinks:
      ring:
        type: ring
        maxLines: 10000
        maxBytes: 64MiB
        refillFrom: files
      files:
        type: file
        directory: ./logs
        maxSize: 1MiB
        durability: interval
    query:
      host: 127.0.0.1
      port: 9998
    "
  `);
});

test('what it prints is a configuration that says the same', async () => {
  const cwd = await folder({ 'logcaster.yaml': GOOD });
  const first = await runCli(['config', '-p', '1234'], { cwd });
  expect(first.out).toMatch(/^# From logcaster\.yaml\n# --port overrides sources\.tcp\.port\n/);
  await writeFile(join(cwd, 'again.yaml'), first.out);
  const second = await runCli(['config', '-c', 'again.yaml'], { cwd });
  expect(second.code).toBe(0);
  expect(withoutComments(second.out)).toBe(withoutComments(first.out));
});

test('replaces references, and masks secrets', async () => {
  const cwd = await folder({
    'logcaster.yaml': GOOD.replace('./logs', '"${DIR}/${API_TOKEN}"'),
  });
  const { code, out } = await runCli(['config'], {
    cwd,
    env: { DIR: '/var/log', API_TOKEN: 'hunter2hunter2' },
  });
  expect(code).toBe(0);
  expect(out).not.toContain('hunter2');
  expect(out).toContain('***');
});

test('says what is wrong with a bad configuration, and prints none', async () => {
  const cwd = await folder({ 'logcaster.yaml': GOOD.replace('to: errors', 'to: erors') });
  const { code, out, err } = await runCli(['config'], { cwd });
  expect({ code, out }).toEqual({ code: 78, out: '' });
  expect(err).toContain('did you mean `errors`?');
});

test('refuses a flag for which there is nothing', async () => {
  const cwd = await folder();
  const { code, err } = await runCli(['config', '-d', '/var/log'], { cwd });
  expect(code).toBe(78);
  expect(err).toContain('--directory: this configuration has no sink of the type `file`');
});

function withoutComments(text: string): string {
  return text.replaceAll(/^#.*\n/gm, '');
}
