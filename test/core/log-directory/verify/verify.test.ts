/**
 * A log directory that a sink has written is damaged in each of the ways that are known; that is found, and repaired by moving
 * only; then a sink starts on it, and all that was stored is there, or set aside.
 */
import { execFileSync } from 'node:child_process';
import {
  appendFile,
  chmod,
  copyFile,
  link,
  mkdir,
  readdir,
  readFile,
  rename,
  stat,
  symlink,
  truncate,
  unlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemFileSystem as fs } from '../../../../src/core/file-system.ts';
import { lockDirectory } from '../../../../src/core/log-directory/lock.ts';
import { FINDINGS } from '../../../../src/core/log-directory/verify/findings.ts';
import { plainFiles } from '../../../../src/core/log-directory/verify/format.ts';
import { repairDirectory } from '../../../../src/core/log-directory/verify/repair.ts';
import { verifyDirectory } from '../../../../src/core/log-directory/verify/verify.ts';
import { FileRig } from '../../../sinks/file/rig.ts';
import { FaultyFileSystem } from '../../../support/faulty-file-system.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

const formats = [plainFiles];

/** A directory with three archives of three lines of 10 bytes each, and a current file with one. */
async function written(): Promise<FileRig> {
  const rig = await FileRig.make({ maxSize: 33, durability: 'none' });
  onTestFinished(() => rig.remove());
  await rig.start();
  await rig.write(...Array.from({ length: 10 }, () => 10));
  await rig.stop();
  return rig;
}

const verify = (path: string, maxSize?: number) => verifyDirectory({ path, formats, maxSize }, fs);
const repair = (path: string) => repairDirectory({ path, formats }, fs);
const archivesOf = async (path: string) =>
  (await readdir(path)).filter((name) => name.startsWith('log-')).toSorted();
const codes = (verdict: { readonly findings: readonly { code: string; file: string }[] }) =>
  verdict.findings.map(({ code, file }) => `${code} ${file}`);

/** Every file and what is in it, through the folder of what was set aside. */
async function contents(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name !== '.logcaster.json');
  const texts = await Promise.all(
    files.map((entry) => readFile(`${entry.parentPath}/${entry.name}`, 'latin1')),
  );
  return texts.join('').split('\n').toSorted();
}

/** The sink starts, writes and ends. */
async function startsCleanly(rig: FileRig): Promise<void> {
  await rig.restart();
  await rig.write(10);
  expect(rig.complaints).toEqual([]);
  await rig.stop();
}

test('a directory as a sink leaves it is fine', async () => {
  const rig = await written();
  const verdict = await verify(rig.directory, 33);
  expect(verdict).toMatchObject({ archives: 3, bytes: 110, findings: [], sequence: 3 });
});

test('nothing is changed by looking', async () => {
  const rig = await written();
  await appendFile(`${rig.directory}/current.log`, 'torn');
  await symlink('nowhere', `${rig.directory}/.logcaster.tmp`);
  const before = await stat(rig.directory);
  const names = await readdir(rig.directory);
  await verify(rig.directory);
  expect((await stat(rig.directory)).mtimeMs).toBe(before.mtimeMs);
  expect(await readdir(rig.directory)).toEqual(names);
  expect(await readFile(`${rig.directory}/current.log`, 'utf8')).toMatch(/torn$/);
});

describe('what was torn', () => {
  test('a tail of the current file is moved as the sink does', async () => {
    const rig = await written();
    const current = `${rig.directory}/current.log`;
    const before = await readFile(current, 'utf8');
    await appendFile(current, 'half a li');
    expect((await verify(rig.directory)).findings).toEqual([
      expect.objectContaining({ code: 'torn-tail', file: 'current.log', bytes: 9 }),
    ]);
    const [finding] = (await repair(rig.directory)).findings;
    expect(finding).toMatchObject({ code: 'torn-tail', movedTo: 'torn-000004-11.part' });
    expect(await readFile(current, 'utf8')).toBe(before);
    expect(await readFile(`${rig.directory}/torn-000004-11.part`, 'utf8')).toBe('half a li');
    // The part is told from then on, and asks for nothing.
    expect((await verify(rig.directory)).findings).toEqual([
      expect.objectContaining({ code: 'torn-part', severity: 'note', bytes: 9 }),
    ]);
    await startsCleanly(rig);
    await rig.check();
  });

  test('an archive without a last line feed, and an empty one', async () => {
    const rig = await written();
    const [first, second] = await archivesOf(rig.directory);
    await truncate(`${rig.directory}/${first}`, 30);
    await truncate(`${rig.directory}/${second}`, 0);
    expect((await verify(rig.directory)).findings).toEqual([
      expect.objectContaining({ code: 'no-line-feed', file: first, bytes: 8 }),
      expect.objectContaining({ code: 'empty', file: second }),
    ]);
    const before = await contents(rig.directory);
    await repair(rig.directory);
    expect(await readdir(`${rig.directory}/set-aside`)).toEqual([second]);
    expect(await contents(rig.directory)).toEqual(before);
    // The number that was set aside is not missed.
    expect(codes(await verify(rig.directory))).toEqual(['set-aside set-aside', `no-line-feed ${first}`]);
    await startsCleanly(rig);
  });
});

describe('numbers', () => {
  test('gaps in the middle and at the end, not at the beginning', async () => {
    const rig = await written();
    const [first, second, third] = await archivesOf(rig.directory);
    const elsewhere = await temporaryDirectory();
    await rename(`${rig.directory}/${first}`, `${elsewhere}/1`);
    expect(codes(await verify(rig.directory))).toEqual([]);
    await rename(`${rig.directory}/${third}`, `${elsewhere}/3`);
    expect((await verify(rig.directory)).findings).toEqual([
      expect.objectContaining({ code: 'number-missing', message: expect.stringContaining('number 3 is') }),
    ]);
    await writeFile(`${rig.directory}/log-20300101-000000-000009.log`, 'a\n');
    expect(codes(await verify(rig.directory))).toEqual([
      'state-behind .logcaster.json',
      'number-missing log-20300101-000000-000009.log',
    ]);
    // Retention removes the oldest, in the end all of them.
    await rename(`${rig.directory}/${second}`, `${elsewhere}/2`);
    await rename(`${rig.directory}/log-20300101-000000-000009.log`, `${elsewhere}/9`);
    expect(codes(await verify(rig.directory))).toEqual([]);
  });

  test('a number that is there twice, also in archives of different kinds; a time that goes back', async () => {
    const rig = await written();
    const [, second] = await archivesOf(rig.directory);
    await copyFile(`${rig.directory}/${second}`, `${rig.directory}/log-19990101-000000-000002.log`);
    await writeFile(`${rig.directory}/log-20990101-000000-000003.log.xz`, 'x');
    const found = codes(await verify(rig.directory));
    expect(found.filter((each) => each.startsWith('number-repeated'))).toEqual([
      `number-repeated ${second}`,
      'number-repeated log-20990101-000000-000003.log.xz',
    ]);
    expect(found).toContain('time-backwards log-19990101-000000-000002.log');
    expect(found).toContain('unknown-kind log-20990101-000000-000003.log.xz');
    await startsCleanly(rig);
  });
});

test('a file that is larger than it may be, unless it is a single line', async () => {
  const rig = await FileRig.make({ maxSize: 33, durability: 'none' });
  onTestFinished(() => rig.remove());
  await rig.start();
  await rig.write(10, 10, 100, 10, 10);
  await rig.stop();
  expect(codes(await verify(rig.directory, 33))).toEqual([]);
  const [first] = await archivesOf(rig.directory);
  expect(codes(await verify(rig.directory, 21))).toEqual(['too-large current.log', `too-large ${first}`]);
});

describe('rotations that were cut off', () => {
  test('two names for one file: a note, and nobody is told of a hard link', async () => {
    const rig = await written();
    await link(`${rig.directory}/current.log`, `${rig.directory}/log-20300101-000000-000004.log`);
    const { findings } = await repair(rig.directory);
    expect(findings.filter(({ severity }) => severity !== 'note')).toEqual([]);
    expect(codes({ findings })).toContain('rotation-unfinished current.log');
    await startsCleanly(rig);
    await rig.check();
    expect((await verify(rig.directory)).findings).toEqual([]);
  });

  test('a rewrite: a note, and the tail of the current file is left to the next start', async () => {
    const rig = await written();
    const current = `${rig.directory}/current.log`;
    const text = await readFile(current, 'utf8');
    await appendFile(current, 'half a li');
    await writeFile(`${rig.directory}/.logcaster-rewrite-000004-11`, '');
    const { findings } = await repair(rig.directory);
    expect(codes({ findings })).toEqual([
      'torn-tail current.log',
      'rewrite-unfinished .logcaster-rewrite-000004-11',
    ]);
    expect(await readFile(current, 'utf8')).toBe(`${text}half a li`);
  });

  test('a file that was being made is set aside, though it is worthless', async () => {
    const rig = await written();
    await writeFile(`${rig.directory}/.logcaster.tmp`, 'something');
    await appendFile(`${rig.directory}/current.log`, 'torn');
    const { findings } = await repair(rig.directory);
    expect(findings.map(({ movedTo }) => movedTo)).toEqual([
      'torn-000004-11.part',
      'set-aside/.logcaster.tmp',
    ]);
    expect(await readFile(`${rig.directory}/set-aside/.logcaster.tmp`, 'utf8')).toBe('something');
  });
});

describe('what is no file of ours', () => {
  test('other files and folders are noted, and left alone; many of them in few lines', async () => {
    const rig = await written();
    for (let each = 0; each < 50; each++) await writeFile(`${rig.directory}/other-${each}`, '');
    const { findings } = await repair(rig.directory);
    expect(findings).toHaveLength(21);
    expect(findings.every(({ code, severity }) => code === 'not-ours' && severity === 'note')).toBe(true);
    expect(findings.at(-1)!.message).toMatch(/^30 more/);
    expect((await readdir(rig.directory)).filter((name) => name.startsWith('other-'))).toHaveLength(50);
    await startsCleanly(rig);
  });

  test.each(['link', 'pipe', 'directory'])(
    'a %s at each of our names is set aside, and what it leads to is left alone',
    async (kind) => {
      const rig = await written();
      const elsewhere = await temporaryDirectory();
      await writeFile(`${elsewhere}/target`, 'precious');
      const names = [
        '.logcaster.json',
        '.logcaster.tmp',
        '.logcaster-rewrite-000001-0',
        'current.log',
        'log-20300101-000000-000004.log',
        'torn-000004-0.part',
      ];
      await rename(`${rig.directory}/current.log`, `${rig.directory}/log-20290101-000000-000004.log`);
      await rename(`${rig.directory}/.logcaster.json`, `${elsewhere}/state`);
      for (const name of names) {
        const path = `${rig.directory}/${name}`;
        if (kind === 'link') await symlink(`${elsewhere}/target`, path);
        else if (kind === 'pipe') execFileSync('mkfifo', [path]);
        else await mkdir(path);
      }
      const found = (await verify(rig.directory)).findings.filter(({ code }) => code === 'obstructed');
      expect(found.map(({ file }) => file).toSorted()).toEqual(names.toSorted());
      const { findings } = await repair(rig.directory);
      expect(findings.filter(({ failure }) => failure !== undefined)).toEqual([]);
      expect((await readdir(`${rig.directory}/set-aside`)).toSorted()).toEqual(names.toSorted());
      expect(await readFile(`${elsewhere}/target`, 'utf8')).toBe('precious');
      await startsCleanly(rig);
      await rig.check();
    },
  );

  test('a hard link: the current file is set aside, an archive stays', async () => {
    const rig = await written();
    const elsewhere = await temporaryDirectory();
    const [first] = await archivesOf(rig.directory);
    await link(`${rig.directory}/current.log`, `${elsewhere}/current`);
    await link(`${rig.directory}/${first}`, `${elsewhere}/first`);
    const before = await contents(rig.directory);
    const { findings } = await repair(rig.directory);
    expect(findings).toEqual([
      expect.objectContaining({ code: 'hard-linked', severity: 'error', movedTo: 'set-aside/current.log' }),
      expect.objectContaining({ code: 'hard-linked', severity: 'warning', file: first }),
    ]);
    expect(await contents(rig.directory)).toEqual(before);
    await startsCleanly(rig);
  });

  test('nothing is overwritten in the folder, and a link in its place is not followed', async () => {
    const rig = await written();
    const [first] = await archivesOf(rig.directory);
    for (const text of ['', '']) {
      await writeFile(`${rig.directory}/${first}`, text);
      await repair(rig.directory);
    }
    expect((await readdir(`${rig.directory}/set-aside`)).toSorted()).toEqual([`2-${first}`, first]);
    const other = await written();
    const elsewhere = await temporaryDirectory();
    await symlink(elsewhere, `${other.directory}/set-aside`);
    await symlink('nowhere', `${other.directory}/.logcaster.tmp`);
    const { findings } = await repair(other.directory);
    expect(findings.map(({ failure }) => failure)).toEqual([expect.stringContaining('not a directory')]);
    expect(await readdir(elsewhere)).toEqual([]);
  });
});

describe('the state', () => {
  test('of a format that is not known: refused, with a hint, and left as it is', async () => {
    const rig = await written();
    const text = '{"format":2,"sequence":3}';
    await writeFile(`${rig.directory}/.logcaster.json`, text);
    const refused = { code: 'LC_DIRECTORY_FORMAT', hint: expect.stringContaining('newer version') };
    await expect(verify(rig.directory)).rejects.toMatchObject(refused);
    await expect(repair(rig.directory)).rejects.toMatchObject(refused);
    expect(await readFile(`${rig.directory}/.logcaster.json`, 'utf8')).toBe(text);
  });

  test.each(['not json', '{"format":1}', '{"format":1,"sequence":-3}'])(
    'that is damaged is set aside, and numbers go on: %s',
    async (text) => {
      const rig = await written();
      await writeFile(`${rig.directory}/.logcaster.json`, text);
      const { findings } = await repair(rig.directory);
      expect(findings).toEqual([
        expect.objectContaining({ code: 'state-damaged', movedTo: 'set-aside/.logcaster.json' }),
      ]);
      expect(await readFile(`${rig.directory}/set-aside/.logcaster.json`, 'utf8')).toBe(text);
      await startsCleanly(rig);
      await rig.check();
    },
  );
});

test('what everybody may write to is told, and not changed', async () => {
  const rig = await written();
  const [first] = await archivesOf(rig.directory);
  await chmod(rig.directory, 0o777);
  await chmod(`${rig.directory}/${first}`, 0o666);
  expect(codes(await repair(rig.directory))).toEqual(['directory-open .', `mode-open ${first}`]);
  expect((await stat(rig.directory)).mode & 0o777).toBe(0o777);
});

test.skipIf(process.getuid?.() === 0)('what this user may not read is told', async () => {
  const rig = await written();
  const [first] = await archivesOf(rig.directory);
  await chmod(`${rig.directory}/${first}`, 0o200);
  expect(codes(await verify(rig.directory))).toEqual([`unreadable ${first}`]);
});

test('what the disk does not give back is told, and the rest is checked', async () => {
  const rig = await written();
  const [first, second] = await archivesOf(rig.directory);
  await truncate(`${rig.directory}/${second}`, 0);
  const faulty = new FaultyFileSystem();
  // The state, the current file, the first archive.
  faulty.arm('EIO', 3, { only: ({ name }) => name === 'file.read' });
  const verdict = await verifyDirectory({ path: rig.directory, formats }, faulty);
  expect(faulty.fired).toHaveLength(1);
  expect(codes(verdict)).toEqual([`unreadable ${first}`, `empty ${second}`]);
});

describe('beside a collector', () => {
  test('what is being written is left out, and nothing is repaired', async () => {
    const rig = await written();
    const lock = await lockDirectory(fs, rig.directory, await stat(rig.directory));
    const current = `${rig.directory}/current.log`;
    // It is in the middle of a rotation, with the next number given out …
    await link(current, `${rig.directory}/log-20300101-000000-000004.log`);
    await writeFile(`${rig.directory}/.logcaster.json`, '{"format":1,"sequence":5}');
    expect(codes(await verify(rig.directory))).toEqual(['in-use .']);
    // … and then in the middle of a line.
    await unlink(current);
    await writeFile(current, 'half a li');
    expect(codes(await verify(rig.directory))).toEqual(['in-use .']);
    await expect(repair(rig.directory)).rejects.toMatchObject({ code: 'LC_DIRECTORY_IN_USE' });
    await lock.release();
    await repair(rig.directory);
  });

  test('a sink that starts meanwhile is not kept out', async () => {
    const rig = await written();
    const [first] = await archivesOf(rig.directory);
    await utimes(`${rig.directory}/${first}`, 1, 1);
    const [verdict] = await Promise.all([verify(rig.directory), rig.restart()]);
    expect(verdict.archives).toBe(3);
    await rig.stop();
  });
});

test('a directory without anything of ours, one that is missing, and a file', async () => {
  const path = await temporaryDirectory();
  expect(codes(await verify(path))).toEqual(['nothing-here .']);
  const unusable = { code: 'LC_DIRECTORY_UNUSABLE' };
  await expect(verify(`${path}/missing`)).rejects.toMatchObject(unusable);
  await writeFile(`${path}/file`, '');
  await expect(verify(`${path}/file`)).rejects.toMatchObject(unusable);
  await expect(repair(`${path}/file`)).rejects.toMatchObject(unusable);
});

test.each(Object.entries(FINDINGS))('%s has a hint', (_, { hint }) => {
  expect(hint).toMatch(/^[A-Z].*\.$/);
});
