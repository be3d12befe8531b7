/** Archives that are compressed in the background: see src/core/log-directory/compression/. Its faults are in every-operation.test.ts. */
import { chmod, link, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { systemFileSystem } from '../../../src/core/file-system.ts';
import { plainFiles } from '../../../src/core/log-directory/verify/format.ts';
import { verifyDirectory } from '../../../src/core/log-directory/verify/verify.ts';
import { archiveFiles } from '../../../src/sinks/archive/scan-frames.ts';
import { FileRig, type RigOptions } from './rig.ts';

async function makeRig(options: RigOptions): Promise<FileRig> {
  const rig = await FileRig.make({ durability: 'none', maxSize: 1000, ...options });
  onTestFinished(() => rig.remove());
  await rig.start();
  return rig;
}

const lines = (count: number) => Array.from({ length: count }, () => 99);
const writesCompressed = ({ name, path }: { name: string; path: string }) =>
  name === 'file.writev' && path.includes('compress');
const figures = (rig: FileRig) => rig.sink.inspect!()['compression'] as Record<string, number>;
const verify = (path: string) =>
  verifyDirectory({ path, formats: [plainFiles, ...archiveFiles] }, systemFileSystem);

test.each(['gzip', 'zstd'] as const)('%s: archives become smaller and keep their lines', async (compress) => {
  const rig = await makeRig({ compress });
  await rig.write(...lines(35));
  await rig.compressed();
  const { archives } = await rig.check();
  const suffix = compress === 'gzip' ? '.log.gz' : '.log.zst';
  expect(archives).toHaveLength(3);
  for (const name of archives) expect(name.endsWith(suffix)).toBe(true);
  const sizes = await Promise.all(
    archives.map(async (name) => (await stat(`${rig.directory}/${name}`)).size),
  );
  const compressedBytes = sizes.reduce((sum, size) => sum + size, 0);
  const expected = { compressed: 3, rawBytes: 3000, compressedBytes, ratio: 3000 / compressedBytes };
  expect(figures(rig)).toEqual({ ...expected, failures: 0, pending: 0, postponed: 0 });
  await rig.stop();
  const { findings, archives: counted } = await verify(rig.directory);
  expect(findings).toEqual([]);
  expect(counted).toBe(3);
});

test('none: they stay as they are, and so does what was compressed by an earlier run', async () => {
  const rig = await makeRig({ compress: 'gzip' });
  await rig.write(...lines(25));
  await rig.compressed();
  await rig.restart({ durability: 'none', maxSize: 1000 });
  await rig.write(...lines(20));
  await rig.advance(1000);
  const { archives } = await rig.check();
  expect(archives.map((name) => name.slice(name.indexOf('.log')))).toEqual([
    '.log.gz',
    '.log.gz',
    '.log',
    '.log',
  ]);
  await rig.restart({ durability: 'none', maxSize: 1000, compress: 'zstd' });
  await rig.compressed();
  const later = await rig.check();
  expect(later.archives.map((name) => name.slice(name.indexOf('.log')))).toEqual([
    '.log.gz',
    '.log.gz',
    '.log.zst',
    '.log.zst',
  ]);
  const numbers = later.archives.map((name) => /-(\d{6})\./.exec(name)![1]);
  expect(numbers).toEqual(['000001', '000002', '000003', '000004']);
});

test('a file keeps its permissions', async () => {
  const rig = await makeRig({});
  await rig.write(...lines(15));
  const [plain] = (await rig.check()).archives;
  await chmod(`${rig.directory}/${plain}`, 0o600);
  await rig.restart({ ...rig.options, compress: 'gzip' });
  await rig.compressed();
  expect((await stat(`${rig.directory}/${plain}.gz`)).mode & 0o777).toBe(0o600);
});

test('a full disk leaves archives as they are, is told once, and is tried again later', async () => {
  const rig = await makeRig({ compress: 'gzip' });
  rig.fs.arm('ENOSPC', 1, { only: writesCompressed, times: 2 });
  await rig.write(...lines(35));
  await rig.compressed();
  expect(figures(rig)).toMatchObject({ compressed: 0, failures: 1, pending: 3, postponed: 3 });
  await rig.advance(10_000);
  await rig.compressed();
  expect(figures(rig)).toMatchObject({ compressed: 0, failures: 2, pending: 3 });
  expect(rig.complaints).toEqual([expect.stringContaining('cannot compress archives: ENOSPC')]);
  expect((await readdir(rig.directory)).filter((name) => name.includes('compress'))).toEqual([]);
  await rig.advance(20_000);
  await rig.compressed();
  expect(figures(rig)).toMatchObject({ compressed: 3, pending: 0 });
  await rig.check();
});

test('an archive that cannot be read keeps no other one from being compressed', async () => {
  const rig = await makeRig({ compress: 'gzip' });
  rig.fs.arm('EIO', 1, {
    only: ({ name, path }) => name === 'file.read' && path.includes('-000001.log'),
    times: 1,
  });
  await rig.write(...lines(35));
  await rig.compressed();
  expect(figures(rig)).toMatchObject({ compressed: 2, failures: 1, pending: 1, postponed: 1 });
  await rig.check();
});

test('what does not read back as it was is not put in the place of the archive', async () => {
  const rig = await makeRig({ compress: 'gzip' });
  const open = rig.fs.open.bind(rig.fs);
  // A disk that gives back other bytes than it was given.
  rig.fs.open = async (...args) => {
    const file = await open(...args);
    if (!args[0].includes('compress')) return file;
    return {
      ...file,
      read: async (buffer, offset, length, position) => {
        const result = await file.read(buffer, offset, length, position);
        if (position + result.bytesRead > 20) buffer[offset + 20 - position]! ^= 1;
        return result;
      },
    };
  };
  await rig.write(...lines(15));
  await rig.compressed();
  expect(figures(rig)).toMatchObject({ compressed: 0, failures: 1, pending: 1 });
  const { archives } = await rig.check();
  expect(archives).toEqual([expect.stringMatching(/000001\.log$/)]);
});

test('twins that differ both stay; verify says so as long as they are there', async () => {
  const rig = await makeRig({});
  await rig.write(...lines(15));
  const [plain] = (await rig.check()).archives;
  const path = `${rig.directory}/${plain}`;
  const other = gzipSync('something else\n');
  await writeFile(`${path}.gz`, other);
  await rig.restart({ ...rig.options, compress: 'gzip' });
  await rig.compressed();
  expect(await readFile(`${path}.gz`)).toEqual(other);
  expect((await readFile(path)).length).toBe(1000);
  expect(rig.complaints).toEqual([expect.stringContaining('both are left as they are')]);
  expect(rig.sink.inspect!()).toMatchObject({ archives: 1 });
  await rig.stop();
  const { findings } = await verify(rig.directory);
  expect(findings).toMatchObject([{ code: 'compression-unfinished', file: `${plain}.gz` }]);
});

test('twins that hold the same become one, also without compression', async () => {
  const rig = await makeRig({});
  await rig.write(...lines(15));
  const [plain] = (await rig.check()).archives;
  const path = `${rig.directory}/${plain}`;
  await writeFile(`${path}.gz`, gzipSync(await readFile(path)));
  await rig.restart();
  await rig.compressed();
  expect((await rig.check()).archives).toEqual([`${plain}.gz`]);
});

test('an archive with another name outside is left as it is', async () => {
  const rig = await makeRig({});
  await rig.write(...lines(15));
  const [plain] = (await rig.check()).archives;
  await link(`${rig.directory}/${plain}`, `${rig.directory}/backup`);
  await rig.restart({ ...rig.options, compress: 'gzip' });
  await rig.compressed();
  expect((await rig.check()).archives).toEqual([plain]);
});

test('retention counts what compressed archives take, and removes them', async () => {
  const rig = await makeRig({ compress: 'gzip', retention: { maxTotalSize: 2500 } });
  for (let archive = 0; archive < 12; archive++) {
    await rig.write(...lines(10));
    await rig.compressed();
  }
  await rig.advance(1000);
  const { archives } = await rig.check();
  // Plain, there would be room for two.
  expect(archives.length).toBeGreaterThan(5);
  const sizes = await Promise.all(
    archives.map(async (name) => (await stat(`${rig.directory}/${name}`)).size),
  );
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(2500);
  await rig.restart({ ...rig.options, retention: { maxFiles: 2 } });
  await rig.write(9);
  await rig.advance(1000);
  expect((await rig.check()).archives).toHaveLength(2);
});

test('a sink that stops drops what is half done', async () => {
  const rig = await makeRig({ compress: 'gzip' });
  rig.fs.arm('slow', 1, { only: writesCompressed });
  await rig.write(...lines(15));
  while (rig.fs.waiting === 0) await new Promise((resolve) => setImmediate(resolve));
  const stopped = rig.sink[Symbol.asyncDispose]!();
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  rig.fs.release();
  await stopped;
  expect((await readdir(rig.directory)).filter((name) => /compress|gz/.test(name))).toEqual([]);
  await rig.check();
});

test('verify finds damage in a compressed archive, and what was compressed by hand is none', async () => {
  const rig = await makeRig({ compress: 'gzip' });
  await rig.write(...lines(25));
  await rig.compressed();
  await rig.stop();
  const [first, second] = (await rig.check()).archives;
  const path = `${rig.directory}/${first}`;
  await writeFile(path, gzipSync(gunzipSync(await readFile(path)), { level: 1 }));
  expect((await verify(rig.directory)).findings).toEqual([]);
  const other = await readFile(`${rig.directory}/${second}`);
  other[other.length - 10]! ^= 0xff;
  await writeFile(`${rig.directory}/${second}`, other);
  expect((await verify(rig.directory)).findings).toMatchObject([{ code: 'frames-damaged', file: second }]);
});
