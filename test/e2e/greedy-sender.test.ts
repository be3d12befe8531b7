/** One sender that sends as fast as it can beside a hundred that send a line now and then. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { eventually, LogcasterProcess, temporaryDirectory } from '../support/logcaster-process.ts';

const SLOW = 100;

/** The greedy lines would push the slow ones out of the ring before anybody could look for them. */
const CONFIG = `
sources:
  tcp: { type: tcp, port: 0 }
pipelines:
  all: { from: tcp, to: files }
  slow:
    from: tcp
    through: [{ type: filter, word: slow }]
    to: ring
sinks:
  files: { type: file, directory: ./logs, retention: { maxFiles: 2 } }
  ring: { type: ring }
query: { port: 0 }
`;

test('the lines of slow senders arrive while a greedy one keeps sending', async () => {
  const cwd = temporaryDirectory();
  writeFileSync(join(cwd, 'logcaster.yaml'), CONFIG);
  const collector = await LogcasterProcess.start(['-c', 'logcaster.yaml'], { cwd });
  const stored = async (): Promise<number> => (await collector.ledger()).sinks['files']!.stored;
  const greedy = await collector.connect();
  const block = Buffer.alloc(256 * 1024, `greedy ${'g'.repeat(92)}\n`);
  const flood = (): void => {
    while (!greedy.destroyed && greedy.write(block));
  };
  greedy.on('drain', flood);
  onTestFinished(() => void greedy.destroy());
  const slow = await Promise.all(Array.from({ length: SLOW }, () => collector.connect()));
  flood();
  await eventually(async () => expect(await stored()).toBeGreaterThan(10_000));

  for (let round = 0; round < 3; round++) {
    const before = await stored();
    for (const [index, socket] of slow.entries()) socket.write(`slow ${round} of ${index}.\n`);
    await eventually(async () => {
      const found = await collector.ask(`QUERY keyword=slow ${round} of`);
      expect(found.split('\n', 1)[0]).toBe(`FOUND: ${SLOW} matches`);
    });
    // The greedy one was served, too.
    await eventually(async () => expect(await stored()).toBeGreaterThan(before + SLOW));
  }
  greedy.destroy();
  expect(await collector.stop()).toMatchObject({ code: 0 });
  expect(collector.finalLedger.unaccounted).toBe(0);
});
