import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { folder, runCli } from '../run-cli.ts';

const shells = ['bash', 'zsh', 'fish'] as const;

function isThere(shell: string): boolean {
  return spawnSync(shell, ['-c', 'true']).status === 0;
}

async function scriptOf(shell: string): Promise<string> {
  const { code, out } = await runCli(['completion', shell]);
  expect(code).toBe(0);
  return out;
}

test.each(shells)('the script for %s names every command and the types of components', async (shell) => {
  const script = await scriptOf(shell);
  for (const word of [
    'run',
    'check',
    'explain',
    'completion',
    'max-size',
    'deny-warnings',
    'blackhole',
    'mermaid',
  ]) {
    expect(script).toContain(word);
  }
  expect(script).not.toContain('undefined');
});

describe.each(shells)('%s', (shell) => {
  test.skipIf(!isThere(shell))('parses the script', async () => {
    const cwd = await folder({ script: await scriptOf(shell) });
    const { status, stderr } = spawnSync(shell, ['-n', join(cwd, 'script')], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});

describe.skipIf(!isThere('bash'))('bash completes', () => {
  test.each([
    ['logcaster che', 'check'],
    ['logcaster --ring-l', '--ring-lines'],
    ['logcaster describe bla', 'blackhole'],
    ['logcaster list so', 'sources'],
    ['logcaster graph --format m', 'mermaid'],
    ['logcaster check --format j', 'json'],
    ['logcaster check --format m', ''],
    ['logcaster init --sink st', 'stdout'],
    ['logcaster run --durability al', 'always'],
    ['logcaster -c some', 'some.yaml'],
    ['logcaster check some', 'some.yaml'],
    ['logcaster -p 1 gra', 'graph'],
    ['logcaster explain --pip', '--pipeline'],
    ['logcaster query --histo', '--histogram'],
    ['logcaster query error some', 'some.yaml'],
    ['logcaster query --color al', 'always'],
    ['logcaster query --from r', 'ring'],
    ['logcaster tail --token-file some', 'some.yaml'],
  ])('%s', async (line, expected) => {
    const cwd = await folder({ script: await scriptOf('bash'), 'some.yaml': '' });
    const words = line.split(' ');
    const program = `source ./script; COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}; _logcaster; echo "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', program], { cwd, encoding: 'utf8' });
    expect({ stdout, stderr }).toEqual({ stdout: `${expected}\n`, stderr: '' });
  });
});

test('refuses another shell', async () => {
  const { code, err } = await runCli(['completion', 'fsh']);
  expect(code).toBe(2);
  expect(err).toMatch(/^error: .*bash, zsh, fish.*\n$/);
});
