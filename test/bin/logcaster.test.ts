import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const bin = fileURLToPath(new URL('../../bin/logcaster.ts', import.meta.url));

function run(args: readonly string[], nodeArgs: readonly string[] = []) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...nodeArgs, bin, ...args], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

test('prints the version', () => {
  expect(run(['--version'])).toEqual({
    status: 0,
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    stderr: '',
  });
});

describe('the Node version', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'logcaster-bin-'));
  });
  afterAll(() => {
    rmSync(directory, { recursive: true });
  });

  /** Runs the command in a process that takes itself for another version of Node. */
  function runAs(version: string) {
    const preload = join(directory, `${version}.cjs`);
    writeFileSync(preload, `Object.defineProperty(process.versions, 'node', { value: '${version}' });\n`);
    return run(['--version'], ['--require', preload]);
  }

  test.each(['14.21.3', '20.20.2', '22.17.9'])('%s is too old, which one line says', (version) => {
    expect(runAs(version)).toEqual({
      status: 1,
      stdout: '',
      stderr: `logcaster needs Node 22.18 or newer, and this is Node ${version}.\n`,
    });
  });

  test.each(['22.18.0', '23.0.0', '24.21.0'])('%s will do', (version) => {
    expect(runAs(version)).toMatchObject({ status: 0, stderr: '' });
  });
});
