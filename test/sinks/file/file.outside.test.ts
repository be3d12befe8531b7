import {
  appendFile,
  copyFile,
  mkdir,
  readFile,
  rename,
  rm,
  symlink,
  truncate,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { FileRig, type RigOptions } from './rig.ts';

/** A sink with three lines that it has looked after, and two in the window since. */
async function makeRig(options: RigOptions = {}): Promise<FileRig & { readonly current: string }> {
  const rig = await FileRig.make({ maxSize: 1000, ...options });
  onTestFinished(() => rig.remove());
  await rig.start();
  await rig.write(10, 10, 10);
  await rig.advance(1000);
  await rig.write(10, 10);
  return Object.assign(rig, { current: `${rig.directory}/current.log` });
}

const outside = (rig: FileRig) => rig.sink.inspect!()['outside'];
const text = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('');

test('nothing is noted while nobody touches the file', async () => {
  const rig = await makeRig();
  await rig.advance(5000);
  expect(rig.complaints).toEqual([]);
  await rig.check();
});

test.each(['none', 'always'] as const)(
  'a file that was moved away: goes on in a new one (%s)',
  async (durability) => {
    const rig = await makeRig({ durability });
    await rename(rig.current, `${rig.current}.1`);
    await rig.write(10);
    await rig.advance(1000);
    expect(outside(rig)).toMatchObject({ moved: 1, displacedLines: 3, lostLines: 0 });
    expect(await readFile(`${rig.current}.1`, 'utf8')).toBe(text(rig.stored.splice(0)));
    await rig.write(10);
    await rig.advance(1000);
    await rig.check();
    expect(rig.complaints).toEqual([expect.stringContaining('moved current.log away')]);
  },
);

test.each(['none', 'interval', 'always'] as const)(
  'a file that was deleted: what was written since it was last seen is written again (%s)',
  async (durability) => {
    const rig = await makeRig({ durability });
    await unlink(rig.current);
    await rig.write(10);
    await rig.advance(1000);
    expect(outside(rig)).toMatchObject({ deleted: 1, rescuedLines: 3, lostLines: 0 });
    rig.stored.splice(0, 3);
    await rig.check();
    const exposed = { none: 3, interval: 3, always: 0 }[durability];
    expect(rig.sink.inspect!()['exposure']).toMatchObject({ lines: exposed });
    await rig.write(10);
    await rig.advance(1000);
    await rig.check();
    expect(rig.complaints).toEqual([expect.stringContaining('deleted current.log')]);
  },
);

test.each(['none', 'interval', 'always'] as const)(
  'a file that was deleted just before a stop: what was written since it was last seen is written again (%s)',
  async (durability) => {
    const rig = await makeRig({ durability });
    await unlink(rig.current);
    await rig.write(10);
    await rig.sink.flush!();
    expect(outside(rig)).toMatchObject({ deleted: 1, rescuedLines: 3, lostLines: 0 });
    await rig.sink[Symbol.asyncDispose]!();
    rig.stored.splice(0, 3);
    expect((await rig.find()).lines).toEqual(rig.stored);
  },
);

test('a file that was deleted, and cannot be read back: the lines are counted as lost', async () => {
  const rig = await makeRig();
  await unlink(rig.current);
  rig.fs.arm('EIO', 1, { only: ({ name }) => name === 'file.read' });
  await rig.advance(1000);
  expect(outside(rig)).toMatchObject({ deleted: 1, rescuedLines: 0, lostLines: 2 });
  rig.stored.splice(0);
  await rig.write(10);
  await rig.check();
  expect(rig.complaints).toEqual([expect.stringContaining('2 lines')]);
});

test('a file that is gone when it is to be sealed is noticed then', async () => {
  const rig = await makeRig({ maxSize: 60 });
  await unlink(rig.current);
  await rig.write(20);
  expect(outside(rig)).toMatchObject({ deleted: 1, rescuedLines: 2 });
  rig.stored.splice(0, 3);
  expect((await rig.check()).archives).toEqual([]);
});

test('a file that was replaced, as logrotate does: goes on behind what is there', async () => {
  const rig = await makeRig();
  await rename(rig.current, `${rig.current}.1`);
  await writeFile(rig.current, 'theirs\nunfinished');
  await rig.advance(1000);
  rig.stored.splice(0);
  rig.stored.push('theirs');
  await rig.write(10);
  expect((await rig.check()).torn).toHaveLength(1);
});

test('a file that was replaced by a link: the target is left alone, and lines wait', async () => {
  const rig = await makeRig();
  const target = `${rig.directory}/../target`;
  await writeFile(target, 'precious');
  await rename(rig.current, `${rig.current}.1`);
  await symlink(target, rig.current);
  await rig.advance(1000);
  await rig.advance(1000);
  expect(await readFile(target, 'utf8')).toBe('precious');
  expect(rig.complaints).toEqual([expect.stringContaining('symbolic link')]);
  await unlink(rig.current);
  await rig.write(10);
  await rig.advance(1000);
  rig.stored.splice(0, 5);
  rig.stored.splice(0, 1);
  await rig.write(10);
  await rig.check();
});

test.each([0, 11, 15])(
  'a file that was cut to %d bytes: no hole, no glued line, the loss is counted',
  async (size) => {
    const rig = await makeRig();
    await truncate(rig.current, size);
    await rig.advance(1000);
    await rig.write(10);
    const kept = Math.floor(size / 11);
    expect(outside(rig)).toMatchObject({ truncated: 1, lostLines: 5 - kept });
    rig.stored.splice(kept, 5 - kept);
    expect((await rig.check()).torn).toHaveLength(size % 11 === 0 ? 0 : 1);
    expect(rig.complaints).toContainEqual(expect.stringContaining(`${5 - kept} lines are gone`));
  },
);

test('a file that was cut while it was synced, and is synced again', async () => {
  const rig = await makeRig();
  rig.fs.arm('slow', 1, { only: ({ name }) => name === 'file.datasync' });
  rig.clock.advance(500);
  await truncate(rig.current, 0);
  rig.clock.advance(500);
  await rig.fs.quiet();
  const before = rig.fs.operations.length;
  rig.fs.release();
  await rig.fs.quiet();
  expect(rig.fs.operations.slice(before).map(({ name }) => name)).toContain('file.datasync');
  expect(rig.sink.inspect!()).toMatchObject({ written: 5, exposure: { lines: 0, bytes: 0 }, size: 0 });
});

test('a file that was copied and cut, and written meanwhile: lines that follow stand at its start', async () => {
  const rig = await makeRig();
  await copyFile(rig.current, `${rig.current}.1`);
  await truncate(rig.current, 0);
  await rig.write(10, 10);
  expect(await readFile(rig.current, 'utf8')).toBe(text(rig.stored.slice(5)));
  await rig.advance(1000);
  expect(outside(rig)).toMatchObject({ truncated: 1, lostLines: 5 });
  rig.stored.splice(0, 5);
  await rig.write(10);
  await rig.check();
});

test('a short write into a file that was cut leaves no torn line', async () => {
  const rig = await makeRig();
  await truncate(rig.current, 0);
  rig.fs.arm('short-error', 1, { only: ({ name }) => name === 'file.writev' });
  rig.stored.splice(0);
  await rig.write(20);
  expect((await rig.check()).lines).toHaveLength(1);
});

test('what somebody else appends is not overwritten', async () => {
  const rig = await makeRig();
  await appendFile(rig.current, 'theirs\n');
  rig.stored.push('theirs');
  await rig.write(10);
  await rig.advance(1000);
  expect(outside(rig)).toMatchObject({ appended: 1, lostLines: 0 });
  await rig.write(10);
  await rig.check();
  expect(rig.sink.inspect!()['size']).toBe((await readFile(rig.current)).length);
});

test('a directory that was deleted is made again, and its number goes on', async () => {
  const rig = await makeRig({ maxSize: 60 });
  await rig.write(10);
  await rm(rig.directory, { recursive: true });
  await rig.advance(1000);
  expect(JSON.parse(await readFile(`${rig.directory}/.logcaster.json`, 'utf8'))).toMatchObject({
    sequence: 1,
  });
  const lines = rig.stored.splice(0).slice(-1);
  rig.stored.push(...lines);
  await rig.write(30, 40);
  const { archives } = await rig.check();
  expect(archives).toEqual([expect.stringContaining('-000002.log')]);
  expect(JSON.parse(await readFile(`${rig.directory}/.logcaster.json`, 'utf8'))).toEqual({
    format: 1,
    sequence: 2,
  });
});

test('a directory that was moved: goes on in a new one, which is locked', async () => {
  const rig = await makeRig();
  await rename(rig.directory, `${rig.directory}-old`);
  await rig.advance(1000);
  expect(await readFile(`${rig.directory}-old/current.log`, 'utf8')).toBe(text(rig.stored.splice(0)));
  await rig.write(10);
  await rig.check();
  const first = rig.sink;
  rig.renew();
  await expect(rig.sink.start!()).rejects.toMatchObject({ code: 'LC_DIRECTORY_IN_USE' });
  rig.sink = first;
});

test('a directory that cannot be made again: tries, tells once, and loses nothing that was not deleted', async () => {
  const rig = await makeRig();
  await rm(rig.directory, { recursive: true });
  await writeFile(rig.directory, 'in the way');
  for (let tick = 0; tick < 3; tick++) await rig.advance(1000);
  await rig.write(10);
  expect(rig.complaints).toHaveLength(1);
  await rm(rig.directory);
  await mkdir(rig.directory);
  await rig.advance(1000);
  rig.stored.splice(0, 3);
  await rig.check();
});

test.each([0, 11])(
  'a file that is cut to %d bytes between the two parts of a write: none of the lines begins in its midst',
  async (size) => {
    const rig = await makeRig();
    // The disk is full, the cut makes room, and the write goes on.
    rig.fs.arm('short', 1, { only: ({ name }) => name === 'file.writev' });
    rig.fs.arm('slow', 2, { only: ({ name }) => name === 'file.writev' });
    const written = rig.write(40, 40, 40, 40, 40);
    await vi.waitFor(() => expect(rig.fs.waiting).toBe(1), 20_000);
    await truncate(rig.current, size);
    rig.fs.release();
    await written;
    await rig.write(10);
    await rig.advance(1000);
    const { lines } = await rig.find();
    // What was there and in the first part is cut off; some of the lines may be, too, but what is there is whole.
    expect(lines).toEqual(rig.stored.filter((line) => lines.includes(line)));
    expect(lines.slice(-3)).toEqual(rig.stored.slice(-3));
  },
);
