/** What the disk that loses its power keeps: each thing that a real one may do is reached, and nothing that it may not. */
import { expect, test } from 'vitest';
import { type FileSystem, OPEN_FLAGS, syncDirectory } from '../../src/core/file-system.ts';
import { between, randomFrom } from '../soak/random.ts';
import { CrashDisk } from './crash-disk.ts';

const CREATE = OPEN_FLAGS.readWrite | OPEN_FLAGS.create | OPEN_FLAGS.append;

async function write(disk: FileSystem, path: string, text: string, sync = false): Promise<void> {
  const file = await disk.open(path, CREATE, 0o640);
  await file.writev([Buffer.from(text)], 0);
  if (sync) await file.datasync();
  await file.close();
}

/** Everything that a power cut leaves after this, over many seeds: names with their content. */
async function outcomes(before: (disk: CrashDisk) => Promise<void>): Promise<Set<string>> {
  const seen = new Set<string>();
  for (let seed = 1; seed <= 300; seed++) {
    const disk = new CrashDisk();
    await disk.mkdir('/d', { recursive: false, mode: 0o750 });
    await syncDirectory(disk, '/');
    await before(disk);
    const random = randomFrom(seed);
    disk.cut((below) => between(random, 0, below - 1));
    const files = [...disk.files('/d')].map(([name, { bytes }]) => `${name}=${bytes.toString('latin1')}`);
    seen.add(files.toSorted().join(' '));
  }
  return seen;
}

test('keeps what was synced, and the beginning of the rest, with zeros where only the size arrived', async () => {
  const seen = await outcomes(async (disk) => {
    await write(disk, '/d/a', 'ab', true);
    await syncDirectory(disk, '/d');
    await write(disk, '/d/a', 'cd');
  });
  expect(seen).toEqual(new Set(['a=ab', 'a=abc', 'a=abcd', 'a=ab\0\0', 'a=abc\0']));
});

test('a file whose name was not synced can be gone, also if its bytes were', async () => {
  const seen = await outcomes((disk) => write(disk, '/d/a', 'ab', true));
  expect(seen).toEqual(new Set(['', 'a=ab']));
});

test('a file whose bytes were not synced can be empty', async () => {
  const seen = await outcomes(async (disk) => {
    await write(disk, '/d/a', 'a');
    await syncDirectory(disk, '/d');
  });
  expect(seen).toEqual(new Set(['a=', 'a=\0', 'a=a']));
});

test('links, unlinks and renames come undone, each as a whole', async () => {
  const seen = await outcomes(async (disk) => {
    await write(disk, '/d/a', '1', true);
    await syncDirectory(disk, '/d');
    await disk.link('/d/a', '/d/b');
    await disk.unlink('/d/a');
    await disk.rename('/d/b', '/d/c');
  });
  expect(seen).toEqual(new Set(['a=1', 'a=1 b=1', 'b=1', 'c=1', 'a=1 c=1', '']));
});

test('what a failed sync should have kept is zeros, also after one that succeeds', async () => {
  const seen = await outcomes(async (disk) => {
    const file = await disk.open('/d/a', CREATE, 0o640);
    await syncDirectory(disk, '/d');
    await file.writev([Buffer.from('ab')], 0);
    disk.failSync(1, 1);
    await expect(file.datasync()).rejects.toMatchObject({ code: 'EIO' });
    await file.writev([Buffer.from('c')], 2);
    await file.datasync();
    expect(disk.files('/d').get('a')!.bytes.toString()).toBe('abc');
  });
  expect(seen).toEqual(new Set(['a=\0\0c']));
});

test('a file that was open when the power failed can only be closed', async () => {
  const disk = new CrashDisk();
  const file = await disk.open('/a', CREATE, 0o640);
  disk.cut(() => 0);
  await expect(file.writev([Buffer.from('a')], 0)).rejects.toMatchObject({ code: 'EIO' });
  await expect(file.datasync()).rejects.toMatchObject({ code: 'EIO' });
  await file.close();
});
