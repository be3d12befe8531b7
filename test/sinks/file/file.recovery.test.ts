import { appendFile, link, mkdir, open, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { FileRig, type RigOptions } from './rig.ts';

async function makeRig(options: RigOptions = {}): Promise<FileRig> {
  const rig = await FileRig.make({ maxSize: 1000, ...options });
  onTestFinished(() => rig.remove());
  await mkdir(rig.directory, { mode: 0o750 });
  return rig;
}

const read = (rig: FileRig, name: string) => readFile(`${rig.directory}/${name}`, 'latin1');

describe('a torn tail', () => {
  test('is moved apart, told and counted, and the next line is not glued to it', async () => {
    const rig = await makeRig();
    await writeFile(`${rig.directory}/current.log`, 'one\ntwo\nthr');
    rig.stored.push('one', 'two');
    await rig.start();
    expect(rig.sink.inspect!()).toMatchObject({
      size: 8,
      torn: { tails: 1, bytes: 3 },
      atStart: { bytes: 8 },
    });
    expect(rig.complaints).toEqual([expect.stringContaining('3 bytes moved to torn-000001-8.part')]);
    await rig.write(10);
    const { torn } = await rig.check();
    expect(torn).toEqual(['torn-000001-8.part']);
    expect(await read(rig, 'torn-000001-8.part')).toBe('thr');
    expect((await stat(`${rig.directory}/torn-000001-8.part`)).mode & 0o777).toBe(0o640);
  });

  test('can be the whole file', async () => {
    const rig = await makeRig();
    await writeFile(`${rig.directory}/current.log`, '\0'.repeat(5000));
    await rig.start();
    expect((await rig.check()).torn).toEqual(['torn-000001-0.part']);
    expect(await read(rig, 'torn-000001-0.part')).toBe('\0'.repeat(5000));
  });

  test('does not take the place of another one that was torn at the same place', async () => {
    const rig = await makeRig();
    for (const tail of ['first', 'second', 'second']) {
      await appendFile(`${rig.directory}/current.log`, tail);
      await rig.restart();
      await rig.stop();
    }
    expect((await rig.check()).torn).toEqual(['torn-000001-0-2.part', 'torn-000001-0.part']);
    expect(await read(rig, 'torn-000001-0.part')).toBe('first');
    expect(await read(rig, 'torn-000001-0-2.part')).toBe('second');
  });

  test('of a killed process is found, whatever the write was', async () => {
    const rig = await makeRig();
    await rig.start();
    await rig.write(10, 20);
    rig.fs.arm('crash-within', 1, { only: ({ name }) => name === 'file.writev' });
    await expect(rig.write(50)).rejects.toThrow('died');
    expect(await read(rig, 'current.log')).not.toMatch(/\n$/);
    await rig.restart();
    expect((await rig.takeOver()).torn).toHaveLength(1);
    await rig.write(7);
    await rig.check();
  });
});

test('a rotation that was cut off is finished', async () => {
  const rig = await makeRig();
  await writeFile(`${rig.directory}/current.log`, 'one\n');
  await link(`${rig.directory}/current.log`, `${rig.directory}/log-20260101-000000-000009.log`);
  rig.stored.push('one');
  await rig.start();
  expect(rig.sink.inspect!()).toMatchObject({ size: 0, archives: 1, atStart: { rotations: 1 } });
  await rig.write(10);
  await rig.check();
  expect(JSON.parse(await read(rig, '.logcaster.json'))).toEqual({ format: 1, sequence: 9 });
});

test.each([
  ['a hard link to something else', (path: string, other: string) => link(other, path)],
  ['a symbolic link', (path: string, other: string) => symlink(other, path)],
  ['a directory', (path: string) => mkdir(path)],
])('a current.log that is %s stops the start, and nothing is touched', async (_, place) => {
  const rig = await makeRig();
  const other = `${rig.directory}/../other`;
  await writeFile(other, 'precious, without line feed');
  await place(`${rig.directory}/current.log`, other);
  await expect(rig.sink.start!()).rejects.toMatchObject({ code: 'LC_DIRECTORY_OBSTRUCTED' });
  expect(await readFile(other, 'utf8')).toBe('precious, without line feed');
});

test('a hard link with a third name is not taken for a rotation that was cut off', async () => {
  const rig = await makeRig();
  const names = ['current.log', 'log-20260101-000000-000009.log', 'third'];
  await writeFile(`${rig.directory}/third`, 'one\n');
  for (const name of names.slice(0, 2)) await link(`${rig.directory}/third`, `${rig.directory}/${name}`);
  await expect(rig.sink.start!()).rejects.toMatchObject({ code: 'LC_DIRECTORY_OBSTRUCTED' });
  expect(await readdir(rig.directory)).toEqual(expect.arrayContaining(names));
});

test('an unknown format stops the start, and nothing is touched', async () => {
  const rig = await makeRig();
  await writeFile(`${rig.directory}/.logcaster.json`, '{"format":2}');
  await writeFile(`${rig.directory}/current.log`, 'one\ntwo');
  await expect(rig.sink.start!()).rejects.toMatchObject({ code: 'LC_DIRECTORY_FORMAT' });
  expect(await read(rig, 'current.log')).toBe('one\ntwo');
  expect(await readdir(rig.directory)).toEqual(['.logcaster.json', 'current.log']);
});

test('a start on large files reads little of them', async () => {
  const rig = await makeRig({ durability: 'none' });
  for (const name of ['current.log', 'log-20260101-000000-000001.log', 'log-20260101-000000-000002.log']) {
    await using sparse = await open(`${rig.directory}/${name}`, 'w');
    await sparse.truncate(5 * 2 ** 30);
    await sparse.write('\nlast line\n', 5 * 2 ** 30);
  }
  await rig.start();
  const lines: string[] = [];
  for await (const batch of rig.sink.history!({ maxLines: 1, maxBytes: 1000 })) lines.push(...batch.texts());
  expect(lines).toEqual(['last line']);
  expect(rig.fs.operations.filter(({ name }) => name === 'file.read').length).toBeLessThan(10);
});

test.each([
  [0o000, undefined, undefined, '640'],
  [0o077, undefined, undefined, '640'],
  [0o077, '0664', '0770', '664'],
  [0o022, '600', '700', '600'],
])(
  'under umask %o, files have the permissions asked for',
  async (umask, fileMode, directoryMode, expected) => {
    const before = process.umask(umask);
    onTestFinished(() => void process.umask(before));
    const rig = await FileRig.make({
      maxSize: 10,
      ...(fileMode && { fileMode }),
      ...(directoryMode && { directoryMode }),
    });
    onTestFinished(() => rig.remove());
    await rig.start();
    await rig.write(9, 9);
    await rig.stop();
    const modeOf = async (name: string) =>
      ((await stat(`${rig.directory}/${name}`)).mode & 0o777).toString(8);
    const names = await readdir(rig.directory, { recursive: true });
    const files = names.filter((name) => name !== '.logcaster-index');
    // The current file, an archive, the state, and two indexes.
    expect(await Promise.all(files.map(modeOf))).toEqual(Array.from({ length: 5 }, () => expected));
    const ofDirectories = directoryMode?.slice(-3) ?? '750';
    expect(await Promise.all(['.', '.logcaster-index'].map(modeOf))).toEqual([ofDirectories, ofDirectories]);
  },
);

test.each([
  ['beside a current file', true],
  ['without one', false],
])('a copy that was being sealed when the process died is an archive, once, %s', async (_, hasCurrent) => {
  const rig = await makeRig();
  // The old file was sealed as 1, the copy of its rest as 2; its first name was not taken away any more.
  await writeFile(`${rig.directory}/log-20260101-000000-000001.log`, 'one\n');
  await writeFile(`${rig.directory}/.logcaster-rewrite-000001-4`, 'two\n');
  await link(
    `${rig.directory}/.logcaster-rewrite-000001-4`,
    `${rig.directory}/log-20260101-000001-000002.log`,
  );
  if (hasCurrent) await writeFile(`${rig.directory}/current.log`, 'three\n');
  rig.stored.push('one', 'two', ...(hasCurrent ? ['three'] : []));
  await rig.start();
  await rig.write(5);
  await rig.check();
  expect(await readdir(rig.directory)).not.toContain('.logcaster-rewrite-000001-4');
});
