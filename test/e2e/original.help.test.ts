import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CommandProcess } from '../support/logcaster-process.ts';

test.each([['-h'], ['--help'], ['run', '-h']])('%s %s prints the usage and ends with 0', async (...args) => {
  const command = new CommandProcess(args.filter((arg) => arg !== undefined));
  const { code, stdout, stderr } = await command.exited;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^Usage: logcaster /);
  for (const flag of [
    '-p, --port',
    '-q, --query-port',
    '-P, --persist',
    '-d, --directory',
    '-s, --max-size',
  ]) {
    expect(stdout).toContain(flag);
  }
  expect(readdirSync(command.cwd)).toEqual([]);
});
