/** Words are found as `grep -F` finds them, in files of any content, in any order. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect } from 'vitest';
import { fc, test } from '../../../support/properties.ts';
import { runCli, runCliForBytes } from '../../run-cli.ts';

const cwd = mkdtempSync(join(tmpdir(), 'logcaster-grep-'));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const word = fc.constantFrom('a', 'ab', 'ba', 'é', '\u0000', '\r', ' ');
const content = fc
  .array(
    fc.oneof(
      word.map((text) => Buffer.from(text)),
      fc.constantFrom(Buffer.of(10), Buffer.of(0xff)),
    ),
    {
      maxLength: 60,
    },
  )
  .map((parts) => Buffer.concat(parts));

function grep(wanted: string, names: readonly string[]): Buffer {
  const env = { ...process.env, LC_ALL: 'C' };
  return spawnSync('grep', ['-a', '-h', '-F', '-e', wanted, ...names], { cwd, env }).stdout;
}

test.prop([fc.constantFrom('a', 'ab', 'aba', 'é'), content, content], { numRuns: 60 })(
  'as grep -F',
  async (wanted, first, second) => {
    writeFileSync(join(cwd, 'a.log'), first);
    writeFileSync(join(cwd, 'b.log'), second);
    writeFileSync(join(cwd, 'b.gz'), gzipSync(second));
    const expected = grep(wanted, ['a.log', 'b.log']);
    const lines = expected.toString('latin1').split('\n').slice(0, -1);
    for (const names of [
      ['a.log', 'b.log'],
      ['a.log', 'b.gz'],
    ]) {
      const found = await runCliForBytes(['query', wanted, ...names, '-h'], { cwd });
      expect(found.out).toEqual(expected);
      expect(found.code).toBe(expected.length > 0 ? 0 : 1);
      const turned = await runCliForBytes(['query', wanted, ...names, '-h', '--reverse'], { cwd });
      expect(turned.out.toString('latin1').split('\n').slice(0, -1)).toEqual(lines.toReversed());
      const counted = await runCli(['query', wanted, ...names, '--count'], { cwd });
      expect(counted.out).toBe(`${lines.length}\n`);
    }
  },
);
