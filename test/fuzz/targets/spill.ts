/**
 * A spill directory as it is found at a start. The input says what has become of one that was good: bytes changed, files cut, removed, copied,
 * swapped. The start ends with a documented error, or what can be read comes whole and in order, nothing that was never written comes, and what
 * is written afterwards comes behind it.
 */
import assert from 'node:assert/strict';
import { Batch } from '../../../src/core/batch.ts';
import { LogCasterError } from '../../../src/core/errors.ts';
import { OPEN_FLAGS } from '../../../src/core/file-system.ts';
import { toSpillSettings } from '../../../src/spill/options.ts';
import { SpillLog } from '../../../src/spill/spill-log.ts';
import { CrashDisk } from '../../support/crash-disk.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { MemoryLogger } from '../../support/memory-logger.ts';
import { Choices, type Target } from '../target.ts';

const PATH = '/spill';

function open(disk: CrashDisk): Promise<SpillLog> {
  const settings = { ...toSpillSettings('out', undefined), directory: PATH, maxBytes: 40_000 };
  return SpillLog.open(settings, {
    name: 'out',
    fs: disk,
    clock: new ManualClock(),
    log: new MemoryLogger(),
  });
}

async function append(spill: SpillLog, from: number, count: number): Promise<void> {
  const texts = Array.from({ length: count }, (_, index) => lineOf(from + index));
  const batch = Batch.fromTexts(texts, { origin: { source: 'fuzz' }, receivedAt: 1 });
  await spill.append(spill.toEntry([batch]));
}

function lineOf(number: number): string {
  return `${number}:`.padEnd(10 + ((number * 37) % 300), 'abc');
}

const WRITTEN = 60;

/** A good spill: several segments, a part of it settled. */
async function makeSpill(): Promise<CrashDisk> {
  const disk = new CrashDisk();
  const spill = await open(disk);
  for (let from = 0; from < WRITTEN; from += 6) await append(spill, from, 6);
  const { batches } = await spill.read(700);
  spill.settle(Math.min(1, batches.length));
  await spill.close(0);
  return disk;
}

/** Does to the files what the input says. */
async function spoil(disk: CrashDisk, choices: Choices): Promise<void> {
  for (let count = 0; count < 8 && !choices.isEmpty; count++) {
    const names = (await disk.readdir(PATH)).toSorted();
    if (names.length === 0) return;
    const path = `${PATH}/${choices.pick(names)}`;
    const bytes = Buffer.from(disk.files(PATH).get(path.slice(PATH.length + 1))?.bytes ?? Buffer.alloc(0));
    const at = bytes.length === 0 ? 0 : (choices.next(256) * 256 + choices.next(256)) % bytes.length;
    const kind = choices.next(8);
    if (kind === 0) bytes[at] = (bytes[at] ?? 0) ^ (1 << choices.next(8));
    if (kind === 1) choices.take(choices.next(64)).copy(bytes, at);
    const changed = [
      bytes,
      bytes,
      bytes.subarray(0, at),
      Buffer.concat([bytes, bytes.subarray(at)]),
      Buffer.concat([bytes, choices.take(choices.next(100))]),
      Buffer.concat([bytes.subarray(0, at), Buffer.alloc(choices.next(200)), bytes.subarray(at)]),
      Buffer.alloc(bytes.length),
      undefined,
    ][kind];
    const to = choices.next(6) === 5 ? `${PATH}/${choices.pick(names)}` : path;
    if (names.includes(to.slice(PATH.length + 1))) await disk.unlink(to);
    if (!changed) continue;
    const file = await disk.open(to, OPEN_FLAGS.readWrite | OPEN_FLAGS.create, 0o640);
    await file.writev([changed], 0);
  }
}

export const spillDirectory: Target = {
  name: 'spill-directory',
  words: ['\0\0\0\0', '\x00\x01', '\xff\xff', '{"format":2}\n', '\x02\x00\x10', '\x07'],
  seeds: [
    '\x00\x00\x10\x00\x01',
    '\x02\x01\x00\x02',
    '\x03\x00\x50\x03',
    '\x01\x00\x00\x06',
    '\x00\x00\x00\x07\x00',
    '\x02\x00\x00\x05\x20',
  ],
  maxBytes: 500,
  async run(input) {
    const disk = await makeSpill();
    await spoil(disk, new Choices(input));
    let spill: SpillLog;
    try {
      spill = await open(disk);
    } catch (error) {
      assert.ok(error instanceof LogCasterError, String(error));
      assert.match(error.code, /^LC_DIRECTORY_/);
      return error.code;
    }
    try {
      let lost = 0;
      const lines: string[] = [];
      const readAll = async (): Promise<void> => {
        for (let turns = 0; spill.unread > 0; turns++) {
          assert.ok(turns < 1000, 'it never ends');
          const found = await spill.read(1000);
          lost += found.lost;
          lines.push(...found.batches.flatMap((batch) => batch.texts()));
          spill.settle(found.batches.length);
        }
      };
      await readAll();
      const before = lines.length;
      await append(spill, 1000, 3);
      await readAll();
      const numbers = lines.map((line) => Number.parseInt(line, 10));
      assert.deepEqual(lines, numbers.map(lineOf));
      assert.deepEqual(
        numbers,
        [...new Set(numbers)].toSorted((a, b) => a - b),
      );
      assert.ok(numbers.slice(0, before).every((number) => number < WRITTEN));
      assert.deepEqual(numbers.slice(before), [1000, 1001, 1002]);
      return `${lost > 0} ${before === 0} ${spill.damagedBytes > 0}`;
    } finally {
      await spill.close(0);
    }
  },
};
