/** Directories of archive sinks, damaged: what is lost is counted, the rest stays readable, and nothing grows without bound. */
import { appendFile, open, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemFileSystem as fs } from '../../../src/core/file-system.ts';
import { repairDirectory } from '../../../src/core/log-directory/verify/repair.ts';
import { verifyDirectory } from '../../../src/core/log-directory/verify/verify.ts';
import { CODECS } from '../../../src/sinks/archive/codec.ts';
import { archiveFiles } from '../../../src/sinks/archive/scan-frames.ts';
import type { FileRig } from '../file/rig.ts';
import { makeArchiveRig, suffixOf } from './archive-rig.ts';

const verify = (path: string, maxSize?: number) =>
  verifyDirectory({ path, formats: archiveFiles, maxSize }, fs);
const repair = (path: string) => repairDirectory({ path, formats: archiveFiles }, fs);

const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1);

async function change(path: string, offset: number, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'r+');
  await file.write(bytes, 0, bytes.length, offset);
  await file.close();
}

describe.each(['gzip', 'zstd'] as const)('%s', (compression) => {
  const codec = CODECS[compression];
  const current = `current${suffixOf(compression)}`;

  /** A directory with an archive of three frames and a current file of one. Each frame has three lines. */
  async function written(): Promise<{ rig: FileRig; archive: string; ends: readonly number[] }> {
    const rig = await makeArchiveRig(compression, { maxSize: 100_000, durability: 'none' });
    onTestFinished(() => rig.remove());
    await rig.start();
    const ends: number[] = [];
    for (let frame = 0; frame < 3; frame++) {
      await rig.write(20, 30, 40);
      ends.push(rig.sink.inspect!()['size'] as number);
    }
    await rig.restart({ ...rig.options, maxSize: ends[2]! });
    await rig.write(20, 30, 40);
    await rig.stop();
    const [archive] = (await readdir(rig.directory)).filter((name) => name.startsWith('log-'));
    return { rig, archive: `${rig.directory}/${archive}`, ends };
  }

  test('what a sink leaves is fine', async () => {
    const { rig, ends } = await written();
    const verdict = await verify(rig.directory, ends[2]);
    expect(verdict).toMatchObject({ archives: 1, findings: [] });
    const [large] = (await verify(rig.directory, ends[1])).findings;
    expect(large).toMatchObject({ code: 'too-large', bytes: ends[2] });
  });

  test('a damaged frame: its bytes and lines are counted, and the file is set aside as it is', async () => {
    const { rig, archive, ends } = await written();
    await change(archive, ends[1]! - 12, Buffer.from('damage'));
    const length = ends[1]! - ends[0]!;
    const damaged = { code: 'frames-damaged', severity: 'error', bytes: length, lines: 3 };
    expect((await verify(rig.directory)).findings).toEqual([expect.objectContaining(damaged)]);
    const before = await readFile(archive);
    const { findings } = await repair(rig.directory);
    expect(findings).toEqual([
      expect.objectContaining({ ...damaged, movedTo: `set-aside/${nameOf(archive)}` }),
    ]);
    expect(await readFile(`${rig.directory}/set-aside/${nameOf(archive)}`)).toEqual(before);
    await rig.restart();
    await rig.write(20);
    expect(rig.complaints).toEqual([]);
    await rig.stop();
    expect((await verify(rig.directory)).findings.map(({ code }) => code)).toEqual(['set-aside']);
  });

  test('a damaged note, and a file that was cut off', async () => {
    const { rig, archive, ends } = await written();
    await change(archive, ends[0]! + codec.head.signature.length, Buffer.from('xx'));
    await truncate(archive, ends[2]! - 3);
    const [finding] = (await verify(rig.directory)).findings;
    // The first frame is all that is left.
    expect(finding).toMatchObject({ code: 'frames-damaged', bytes: ends[2]! - 3 - ends[0]! });
    expect(finding!.message).toContain(`offset ${ends[0]}`);
  });

  test('a torn tail of the current file is moved as the sink does', async () => {
    const { rig } = await written();
    const path = `${rig.directory}/${current}`;
    const { size } = await stat(path);
    const whole = await readFile(path);
    await appendFile(path, whole.subarray(0, 60));
    const { findings } = await repair(rig.directory);
    expect(findings).toEqual([
      expect.objectContaining({ code: 'torn-tail', bytes: 60, movedTo: `torn-000002-${size}.part` }),
    ]);
    expect(await readFile(path)).toEqual(whole);
    await rig.restart();
    await rig.write(20);
    expect(rig.complaints).toEqual([]);
    await rig.check();
    await rig.stop();
  });

  test('zeros of a power cut, and garbage in place of an archive', async () => {
    const { rig, archive } = await written();
    await writeFile(archive, Buffer.alloc(1000));
    expect((await verify(rig.directory)).findings).toEqual([
      expect.objectContaining({ code: 'frames-damaged', bytes: 1000, lines: 0 }),
    ]);
  });

  test('a frame that becomes more than it says is not decompressed to its end', async () => {
    const { rig, archive } = await written();
    const bomb = Buffer.alloc(64 * 2 ** 20);
    const packed = compression === 'gzip' ? gzipSync(bomb).subarray(10) : zstdCompressSync(bomb);
    const length = codec.head.length + packed.length;
    const head = codec.head.write({ length, rawLength: 100, lines: 1, receivedAt: 0 });
    await appendFile(archive, Buffer.concat([head, packed]));
    await rig.restart();
    await rig.stop();
    const [finding] = (await verify(rig.directory)).findings;
    expect(finding).toMatchObject({ code: 'frames-damaged', bytes: length, lines: 1 });
  });

  test('a frame whose lines are not those that it says', async () => {
    const { rig, archive, ends } = await written();
    const frames = await Promise.all(
      ['a\nb\n', 'a\nb\nc\nd'].map(async (text) => {
        const raw = Buffer.from(text);
        const packed = await codec.compress(raw, 1);
        const length = codec.head.length + packed.length;
        const head = codec.head.write({ length, rawLength: raw.length, lines: 3, receivedAt: 0 });
        return Buffer.concat([head, packed]);
      }),
    );
    for (const frame of frames) await appendFile(archive, frame);
    const bytes = frames[0]!.length + frames[1]!.length;
    const [finding] = (await verify(rig.directory)).findings;
    expect(finding).toMatchObject({ code: 'frames-damaged', bytes, lines: 6 });
    expect(finding!.message).toContain(`${ends[2]}: it holds 2 lines in place of 3`);
  });
});
