/** Sends a line that does not end, and looks at the memory of the collector meanwhile. */
import { once } from 'node:events';
import { expect } from 'vitest';
import { LogcasterProcess } from './logcaster-process.ts';
import { peakMemory } from './peak-memory.ts';

const MIB = 2 ** 20;

/** Sends `mebibytes` MiB without a line feed; after the first quarter memory must not grow any more. */
export async function sendEndlessLine(mebibytes: number): Promise<void> {
  const collector = await LogcasterProcess.start();
  await collector.sendLines(['before']);
  await collector.stored(1);
  const socket = await collector.connect();
  const block = Buffer.alloc(MIB, 'endless ');
  let atQuarter = 0;
  for (let sent = 0; sent < mebibytes; sent++) {
    if (!socket.write(block)) await once(socket, 'drain');
    if (sent === mebibytes / 4) atQuarter = peakMemory(collector.child.pid!);
  }
  socket.end('\n');
  await collector.stored(2);
  await collector.sendLines(['after']);
  await collector.stored(3);

  expect(atQuarter / MIB).toBeLessThan(300);
  expect((peakMemory(collector.child.pid!) - atQuarter) / MIB).toBeLessThan(80);
  const { sources } = await collector.ledger();
  expect(sources['tcp']).toMatchObject({ received: 3, noted: { truncated: 1 }, unaccounted: 0 });
  const answer = await collector.askBytes('QUERY keyword=');
  expect(answer.toString('latin1', 0, 32)).toBe('FOUND: 3 matches\nbefore\nendless ');
  expect(answer.length).toBe('FOUND: 3 matches\nbefore\nafter\n'.length + MIB + 1);
  expect(answer.subarray(-7).toString()).toBe('\nafter\n');
  expect(await collector.stop()).toMatchObject({ code: 0 });
}
