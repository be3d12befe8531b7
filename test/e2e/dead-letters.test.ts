/** A sink that rejects lines, and a file for them, in a process of its own. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { linesIn } from '../support/log-files.ts';
import { LogcasterProcess, temporaryDirectory } from '../support/logcaster-process.ts';
import { sinkPlugin } from '../support/sink-plugin.ts';

const PLUGIN = sinkPlugin(
  'picky',
  'Takes no line with a 7 in it.',
  `() => ({
    write: (batch) => ({
      rejected: batch.texts().flatMap((text, index) => (text.includes('7') ? [{ index, reason: 'seven' }] : [])),
    }),
  })`,
);

const CONFIG = `
plugins: [./picky.mjs]
sources: { tcp: { type: tcp, port: 0 } }
pipelines: { main: { from: tcp, to: out } }
sinks:
  out: { type: picky, deadLetter: rejected }
  rejected: { type: file, directory: ./rejected }
`;

test('what is rejected is in the file, with its reason, and in the ledger once for each sink', async () => {
  const cwd = temporaryDirectory();
  writeFileSync(join(cwd, 'picky.mjs'), PLUGIN);
  writeFileSync(join(cwd, 'logcaster.yaml'), CONFIG);
  const collector = await LogcasterProcess.start(['-c', 'logcaster.yaml'], { cwd });
  expect((await collector.entry('out: picky')).msg).toBe('out: picky; what it rejects goes to rejected');
  const lines = Array.from({ length: 3000 }, (_, index) => `line ${index}`);
  await collector.sendLines(lines);
  expect(await collector.stop()).toMatchObject({ code: 0 });

  const rejected = lines.filter((line) => line.includes('7'));
  const letters = linesIn(join(cwd, 'rejected')).map((line) => JSON.parse(line) as Record<string, string>);
  expect(letters.map(({ line }) => line)).toEqual(rejected);
  expect(letters[0]).toMatchObject({ sink: 'out', reason: 'seven', source: 'tcp', peer: expect.any(String) });
  expect(collector.finalLedger).toMatchObject({
    unaccounted: 0,
    sinks: {
      out: {
        offered: 3000,
        stored: 3000 - rejected.length,
        rejected: { seven: { lines: rejected.length } },
        deadLetters: rejected.length,
      },
      rejected: { offered: rejected.length, stored: rejected.length },
    },
  });
  expect((await collector.entry('stopped')).msg).toContain(
    `${rejected.length} rejected (seven), ${rejected.length} handed on as dead letters`,
  );
});
