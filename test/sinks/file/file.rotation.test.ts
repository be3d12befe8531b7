import { readdir, readFile, writeFile } from 'node:fs/promises';
import { expect, onTestFinished, test } from 'vitest';
import { FileRig, type RigOptions, toBatch, toBatchWithGaps } from './rig.ts';

async function makeRig(options: RigOptions): Promise<FileRig> {
  const rig = await FileRig.make({ durability: 'none', ...options });
  onTestFinished(() => rig.remove());
  await rig.start();
  return rig;
}

const sizes = async (rig: FileRig) => {
  const names = [...(await rig.find()).archives, 'current.log'];
  return Promise.all(names.map(async (name) => (await readFile(`${rig.directory}/${name}`)).length));
};

test('fills a file to the last byte, and begins the next one only when a line needs it', async () => {
  const rig = await makeRig({ maxSize: 30 });
  await rig.write(9, 9, 9);
  expect(await sizes(rig)).toEqual([30]);
  await rig.write(2);
  expect(await sizes(rig)).toEqual([30, 3]);
  await rig.write(26);
  await rig.write(2, 3);
  expect(await sizes(rig)).toEqual([30, 30, 7]);
  await rig.check();
});

test('gives a line that is longer than a file one of its own', async () => {
  const rig = await makeRig({ maxSize: 30 });
  await rig.write(100);
  await rig.write(5, 200, 300, 5);
  expect(await sizes(rig)).toEqual([101, 6, 201, 301, 6]);
  await rig.check();
});

test('a file of one byte holds an empty line, or one line that is longer', async () => {
  const rig = await makeRig({ maxSize: 1 });
  await rig.sink.writeAll!([toBatch(['', '', 'a', ''])]);
  expect(await sizes(rig)).toEqual([1, 1, 2, 1]);
});

test.each([
  ['neighbours', toBatch],
  ['scattered', toBatchWithGaps],
])('rotates many times within one group of lines that are %s in memory', async (_, toLines) => {
  const rig = await makeRig({ maxSize: 250 });
  const lengths = Array.from({ length: 300 }, (_each, index) => 5 + (index % 40));
  await rig.writeBatches([lengths, [400], lengths, []], toLines);
  const { archives } = await rig.check();
  expect(archives.length).toBeGreaterThan(50);
  expect(rig.sink.inspect!()).toMatchObject({ rotations: archives.length, archives: archives.length });
});

test('1,000 rotations within one second, an hour back and ten years ahead overwrite nothing', async () => {
  const rig = await makeRig({ maxSize: 10 });
  await rig.writeBatches([Array.from({ length: 500 }, () => 9)]);
  rig.clock.jump(-3_600_000);
  await rig.writeBatches([Array.from({ length: 501 }, () => 9)]);
  rig.clock.jump(315_360_000_000);
  await rig.write(9);
  const { archives } = await rig.check();
  expect(archives).toHaveLength(1001);
  expect(archives[0]).toBe('log-20260101-000000-000001.log');
  expect(archives[999]).toBe('log-20251231-230000-001000.log');
  expect(archives[1000]).toMatch(/^log-2035.*-001001\.log$/);
});

test('with a smaller maxSize after a restart, rotates before the first line; with a larger one, goes on', async () => {
  const rig = await makeRig({ maxSize: 100 });
  await rig.write(50);
  await rig.stop();
  await rig.restart({ ...rig.options, maxSize: 40 });
  await rig.write(4);
  expect(await sizes(rig)).toEqual([51, 5]);
  await rig.stop();
  await rig.restart({ ...rig.options, maxSize: 1000 });
  await rig.write(200);
  expect(await sizes(rig)).toEqual([51, 206]);
  await rig.check();
});

test('leaves files alone that are not its own, and goes on behind archives that are', async () => {
  const rig = await FileRig.make({ durability: 'none', maxSize: 10 });
  onTestFinished(() => rig.remove());
  await rig.start();
  await rig.stop();
  const others = ['log-20240101-000000.log', 'log-20240101-000000-000001.log.bak', 'notes.txt'];
  for (const name of others) await writeFile(`${rig.directory}/${name}`, 'not ours');
  await writeFile(`${rig.directory}/log-20300101-000000-000077.log`, 'ours\n');
  rig.stored.push('ours');
  await rig.restart();
  await rig.write(9, 9);
  const { archives } = await rig.check();
  expect(archives).toEqual(['log-20300101-000000-000077.log', 'log-20260101-000000-000078.log']);
  for (const name of others) expect(await readFile(`${rig.directory}/${name}`, 'utf8')).toBe('not ours');
});

test('finishes a rotation that failed half-way before anything else is written', async () => {
  const rig = await makeRig({ maxSize: 30 });
  await rig.write(19);
  rig.fs.arm('EIO', 1, { only: ({ name }) => name === 'unlink' });
  await expect(rig.sink.writeAll!([toBatch(['x'.repeat(20)])])).rejects.toThrow('EIO');
  // This one would fit into the file that is being sealed.
  await rig.write(2);
  const { archives } = await rig.check();
  expect(archives).toHaveLength(1);
});

test('gives the system a whole group at once', async () => {
  const rig = await makeRig({ maxSize: '1GiB' });
  const before = rig.fs.operations.length;
  await rig.writeBatches(Array.from({ length: 64 }, () => Array.from({ length: 100 }, () => 100)));
  expect(rig.fs.operations.slice(before).map(({ name }) => name)).toEqual(['file.writev']);
  await rig.check();
});

test('keeps carriage returns, NUL, invalid UTF-8 and line feeds within a line', async () => {
  const rig = await makeRig({ maxSize: 1000 });
  const lines = [
    Buffer.from('a\r'),
    Buffer.from([0, 0xff, 0xc3, 0x28]),
    Buffer.from('two\nlines'),
    Buffer.alloc(0),
  ];
  await rig.sink.writeAll!([toBatch(lines)]);
  const written = await readFile(`${rig.directory}/current.log`);
  expect(written).toEqual(Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')])));
  expect(await readdir(rig.directory)).toEqual(['.logcaster.json', 'current.log']);
});
