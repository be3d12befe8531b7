/** Sources that end by themselves: everything is stored, and the command ends with 0. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { linesIn } from '../support/log-files.ts';
import { CommandProcess, temporaryDirectory } from '../support/logcaster-process.ts';

test('when there is nothing more to come, it stops as if it had been told to', async () => {
  const cwd = temporaryDirectory();
  writeFileSync(
    join(cwd, 'some.yaml'),
    `sources: { some: { type: generate, rate: 0, count: 5000 } }
pipelines: { main: { from: some, to: files } }
sinks: { files: { type: file, directory: logs, maxSize: 100KiB } }
`,
  );
  const command = new CommandProcess(['-c', 'some.yaml'], { cwd });
  expect(await command.exited).toMatchObject({ code: 0, stdout: '' });
  expect(command.entries.at(-1)!.msg).toBe(
    'stopped: 5,000 lines received; files: 5,000 stored; 0 unaccounted',
  );
  expect(linesIn(join(cwd, 'logs'))).toHaveLength(5000);
});
