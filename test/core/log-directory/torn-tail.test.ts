/** Torn tails in power cuts: what is cut off is apart, whatever the disk keeps. */
import { expect, test } from 'vitest';
import { moveTornTail } from '../../../src/core/log-directory/torn-tail.ts';
import { chooseBy } from '../../sinks/file/power-cut-rig.ts';
import { CrashDisk } from '../../support/crash-disk.ts';
import { durableFile, openOn, SEEDS, startOn, textOf } from './power-cuts.ts';

const WHOLE = 'a line\n';
const TORN = 'the begin of another';

test('is in its file or in one of its own, once, whatever a power cut behind the move keeps', async () => {
  for (const seed of SEEDS) {
    const disk = new CrashDisk();
    const directory = await openOn(disk);
    const { file } = await durableFile(directory, WHOLE + TORN);
    expect(await moveTornTail(directory, file, WHOLE.length + TORN.length)).toEqual({
      size: WHOLE.length,
      torn: { name: expect.stringMatching(/^torn-000001-7.*\.part$/) as string, bytes: TORN.length },
    });
    disk.cut(chooseBy(seed));
    const isThere = textOf(disk, 'current.log') === WHOLE + TORN || textOf(disk, 'torn-') === TORN;
    expect({ seed, isThere }).toEqual({ seed, isThere: true });
    await startOn(disk, directory);
    expect({ seed, current: textOf(disk, 'current.log'), torn: textOf(disk, 'torn-') }).toEqual({
      seed,
      current: WHOLE,
      torn: TORN,
    });
  }
});
