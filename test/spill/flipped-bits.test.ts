/** A bit of a spill is flipped, in every byte: it costs its batch at most, that is counted, and never the start. */
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../core/log-directory/temporary-directory.ts';
import { batchOf, drain, filesOf, flipBit, openSpill, write, writeFiles } from './rig.ts';

const BATCHES = [['a', 'b'], ['c'], ['d', 'e', 'f'], ['g']];
const LINES = BATCHES.flat();

test('in a segment', async () => {
  const original = await temporaryDirectory();
  const spill = await openSpill(original, { durability: 'none' });
  await write(spill, ...BATCHES.map((lines) => batchOf(...lines)));
  const files = await filesOf(original);
  await spill.close(0);
  const [name, bytes] = [...files].find(([each]) => each.endsWith('.frames'))!;
  const directory = await temporaryDirectory();
  let damaged = 0;
  for (let at = 0; at < bytes.length; at++) {
    // Zeros between the slots of the cursor.
    if (at >= 36 && bytes.subarray(at - 1, at + 2).equals(Buffer.alloc(3))) continue;
    await writeFiles(directory, new Map([...files, [name, flipBit(bytes, at)]]));
    const found = await openSpill(directory, { durability: 'none' });
    expect(found.recovered).toBe(LINES.length);
    const { lines, lost } = await drain(found);
    expect(lines.length + lost).toBe(LINES.length);
    // What is there is there in order, and at most one batch is not.
    const missing = BATCHES.filter((each) => !each.every((line) => lines.includes(line)));
    expect(missing.length).toBeLessThanOrEqual(1);
    expect(lines).toEqual(LINES.filter((line) => missing[0]?.includes(line) !== true));
    damaged += missing.length;
    await found.close(0);
  }
  expect(damaged).toBeGreaterThan(100);
});

test.each(['spill.cursor', 'spill.format'])('in %s', async (name) => {
  const original = await temporaryDirectory();
  const spill = await openSpill(original, { durability: 'none' });
  await write(spill, ...BATCHES.map((lines) => batchOf(...lines)));
  const { batches } = await spill.read(100);
  spill.settle(1);
  await spill.read(1);
  const files = await filesOf(original);
  await spill.close(0);
  const bytes = files.get(name)!;
  const directory = await temporaryDirectory();
  for (let at = 0; at < bytes.length; at++) {
    // Zeros between the slots of the cursor.
    if (at >= 36 && bytes.subarray(at - 1, at + 2).equals(Buffer.alloc(3))) continue;
    await writeFiles(directory, new Map([...files, [name, flipBit(bytes, at)]]));
    const found = await openSpill(directory, { durability: 'none' });
    // Lines may come again, which is said; none is missing.
    const { lines, lost } = await drain(found);
    expect(lost).toBe(0);
    expect(lines).toEqual(LINES.slice(LINES.length - lines.length));
    expect(lines.length).toBeGreaterThanOrEqual(LINES.length - batches[0]!.length);
    expect(found.possibleDuplicates).toBeGreaterThanOrEqual(
      lines.length - (LINES.length - batches[0]!.length),
    );
    await found.close(0);
  }
});
