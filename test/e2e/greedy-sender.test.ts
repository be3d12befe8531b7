/** One sender that sends as fast as it can beside a hundred that send a line now and then. */
import { expect, onTestFinished, test } from 'vitest';
import { eventually, LogcasterProcess } from '../support/logcaster-process.ts';

const SLOW = 100;

test('the lines of slow senders arrive while a greedy one keeps sending', async () => {
  const collector = await LogcasterProcess.start(['-P', '--ring-lines', '1000000']);
  const greedy = await collector.connect();
  const block = Buffer.alloc(256 * 1024, `greedy ${'g'.repeat(92)}\n`);
  const flood = (): void => {
    while (!greedy.destroyed && greedy.write(block));
  };
  greedy.on('drain', flood);
  onTestFinished(() => void greedy.destroy());
  const slow = await Promise.all(Array.from({ length: SLOW }, () => collector.connect()));
  flood();
  await eventually(async () => expect((await collector.stats()).total).toBeGreaterThan(10_000));

  for (let round = 0; round < 3; round++) {
    const before = (await collector.stats()).total;
    for (const [index, socket] of slow.entries()) socket.write(`slow ${round} of ${index}.\n`);
    await eventually(async () => {
      const found = await collector.ask(`QUERY keyword=slow ${round} of`);
      expect(found.split('\n', 1)[0]).toBe(`FOUND: ${SLOW} matches`);
    });
    // The greedy one was served, too.
    await eventually(async () => expect((await collector.stats()).total).toBeGreaterThan(before + SLOW));
  }
  greedy.destroy();
  expect(await collector.stop()).toMatchObject({ code: 0 });
  expect(collector.finalLedger.unaccounted).toBe(0);
});
