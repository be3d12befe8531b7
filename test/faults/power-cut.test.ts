/**
 * A real power cut under load, for each durability mode: what counted as durable is there after it, and what is there is whole
 * and in order. Needs root, loop devices, ext4 and Python, and says so where it is skipped.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { SinkStatement } from '../../src/core/ledger.ts';
import { linesIn } from '../support/log-files.ts';
import { LogcasterProcess } from '../support/logcaster-process.ts';
import { LoopDisk } from '../support/loop-disk.ts';

const problem = LoopDisk.problem();
if (problem !== undefined) console.warn(`power cuts are skipped: ${problem}`);

const MODES = ['always', 'interval', 'none'] as const;

/** What may not be lost. */
function promised(mode: (typeof MODES)[number], files: SinkStatement | undefined): number {
  if (!files || mode === 'none') return 0;
  return mode === 'always' ? files.stored : Number(files['synced']);
}

describe.skipIf(problem !== undefined)('a power cut', () => {
  test.each(MODES)('loses nothing that durability %s promises', { timeout: 240_000 }, async (mode) => {
    using disk = new LoopDisk();
    const directory = join(disk.path, 'logs');
    const args = ['-P', '-d', directory, '--max-size', '256KiB', '--durability', mode];
    let next = 0;
    let kept = 0;
    for (let round = 0; round < 4; round++) {
      const collector = await LogcasterProcess.start(args);
      const first = next;
      const socket = await collector.connect();
      const sending = new AbortController();
      const sent = (async () => {
        while (!sending.signal.aborted) {
          const lines = Array.from({ length: 50 }, () => `${next++}:`.padEnd(100, 'abc'));
          socket.write(`${lines.join('\n')}\n`);
          await sleep(2);
        }
      })();
      onTestFinished(() => sending.abort());

      // Until it has rotated some times, and then at any moment.
      let files: SinkStatement | undefined;
      do files = (await collector.ledger()).sinks['files'];
      while (Number(files?.['rotations']) < 3 || promised(mode, files) < (mode === 'none' ? 0 : 1000));
      await sleep(round * 37);
      files = (await collector.ledger()).sinks['files'];
      disk.cut();
      sending.abort();
      await sent;
      await collector.kill();
      disk.unmount();
      disk.mount();

      // The next start mends what the cut left.
      const after = await LogcasterProcess.start(args);
      await after.sendLines([`fresh ${round}`]);
      await after.stored(1, 'files');
      expect(await after.stop()).toMatchObject({ code: 0 });
      const found = linesIn(directory);
      expect(found.at(-1)).toBe(`fresh ${round}`);
      const numbers = found
        .filter((line) => !line.startsWith('fresh'))
        .map((line) => Number(line.split(':')[0]));
      const ofRound = numbers.filter((number) => number >= first);
      // Lines of the rounds before were synced when they were stopped.
      expect(numbers.length - ofRound.length).toBe(kept);
      kept = numbers.length;
      expect(ofRound.length).toBeGreaterThanOrEqual(promised(mode, files));
      expect(
        found.every(
          (line) => line.startsWith('fresh') || line === `${Number(line.split(':')[0])}:`.padEnd(100, 'abc'),
        ),
      ).toBe(true);
      // Without syncs, files in the midst can be short; with them, what is there is the beginning of what was sent.
      const inOrder =
        mode === 'none' ? ofRound.toSorted((a, b) => a - b) : ofRound.map((_, index) => first + index);
      expect(ofRound).toEqual(inOrder);
    }
  });
});
