/**
 * Whatever is found in a log directory: checking it throws nothing but what it may, and changes nothing; repairing keeps every
 * byte, only elsewhere; a sink starts on what was repaired, unless the findings that are left say why not.
 */
import { link, mkdir, readdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises';
import { expect } from 'vitest';
import { systemFileSystem as fs } from '../../../../src/core/file-system.ts';
import { plainFiles } from '../../../../src/core/log-directory/verify/format.ts';
import { repairDirectory } from '../../../../src/core/log-directory/verify/repair.ts';
import { verifyDirectory } from '../../../../src/core/log-directory/verify/verify.ts';
import { archiveFiles } from '../../../../src/sinks/archive/scan-frames.ts';
import { FileRig } from '../../../sinks/file/rig.ts';
import { FaultyFileSystem } from '../../../support/faulty-file-system.ts';
import { fc, test } from '../../../support/properties.ts';

const formats = [plainFiles, ...archiveFiles];

const NAMES = [
  'current.log',
  'current.log.zst',
  'current.log.gz',
  '.logcaster.json',
  '.logcaster.tmp',
  '.logcaster-rewrite-000002-3',
  '.logcaster-rewrite-000002-0.log.gz',
  'log-20260101-000000-000001.log',
  'log-20260101-000000-000001.log.gz',
  'log-20260102-000000-000002.log.zst',
  'log-20260103-000000-000005.log',
  'log-20260103-000000-000007.log.xz',
  'torn-000002-3.part',
  'set-aside',
  'other',
];

/** A scratch file never has a second name, and a repair may cut what has one. */
const TWINNED = NAMES.filter((name) => name !== '.logcaster.tmp');

const contents = fc.oneof(
  fc.constantFrom('', 'a line\n', 'a line\nhalf', '\0\0\0', '\n', 'no feed'),
  fc.constantFrom('{"format":1,"sequence":3}\n', '{"format":1}', '{"__proto__":1}', '[]', '1e400'),
  fc.string({ unit: 'binary', maxLength: 60 }),
);

type Thing =
  | { readonly kind: 'file'; readonly text: string }
  | { readonly kind: 'directory' }
  | { readonly kind: 'link'; readonly to: string }
  | { readonly kind: 'twin'; readonly of: string };

const thing: fc.Arbitrary<Thing> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('file' as const), text: contents }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('directory' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('link' as const),
      to: fc.constantFrom(...NAMES, '.', '/nowhere'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('twin' as const), of: fc.constantFrom(...TWINNED) }),
  },
);

const directories: fc.Arbitrary<(readonly [string, Thing])[]> = fc.uniqueArray(
  fc
    .tuple(fc.constantFrom(...NAMES), thing)
    .filter(([name, { kind }]) => kind !== 'twin' || TWINNED.includes(name)),
  {
    selector: ([name]) => name,
    maxLength: 9,
  },
);

async function make(path: string, things: readonly (readonly [string, Thing])[]): Promise<void> {
  await mkdir(path, { mode: 0o750 });
  for (const [name, each] of things) {
    if (each.kind === 'file') await writeFile(`${path}/${name}`, each.text, { mode: 0o640 });
    else if (each.kind === 'directory') await mkdir(`${path}/${name}`);
    else if (each.kind === 'link') await symlink(each.to, `${path}/${name}`);
    else await link(`${path}/${each.of}`, `${path}/${name}`).catch(() => {});
  }
}

/** Every thing with its place. */
async function look(path: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
    const place = `${entry.parentPath}/${entry.name}`;
    const name = place.slice(path.length + 1);
    if (entry.isSymbolicLink()) found.set(name, `link ${await readlink(place)}`);
    else if (entry.isFile()) found.set(name, await readFile(place, 'latin1'));
  }
  return found;
}

/** All bytes of the files, and where all links lead, whatever they are called: each byte is counted for each of its names. */
function sumUp(things: ReadonlyMap<string, string>): string {
  return [...things.values()].join('').split('').toSorted().join('');
}

const mayThrow = (error: unknown): { readonly code?: unknown } => {
  expect(error).toMatchObject({ code: expect.stringMatching(/^LC_DIRECTORY_(FORMAT|UNUSABLE)$/) });
  return error as { code: unknown };
};

/** What earlier runs found. */
const examples: [(readonly [string, Thing])[]][] = [
  // A rotation that is not finished, of a file that would be set aside.
  [
    [
      ['log-20260103-000000-000005.log', { kind: 'file', text: '' }],
      ['current.log', { kind: 'twin', of: 'log-20260103-000000-000005.log' }],
    ],
  ],
  // Equal tails of two current files.
  [
    [
      ['current.log', { kind: 'file', text: '[]' }],
      ['current.log.gz', { kind: 'file', text: '[]' }],
    ],
  ],
  // A rewrite that has become an archive already.
  [
    [
      ['log-20260103-000000-000005.log', { kind: 'file', text: 'a line\n' }],
      ['.logcaster-rewrite-000002-3', { kind: 'twin', of: 'log-20260103-000000-000005.log' }],
    ],
  ],
];

test.prop([directories], { numRuns: 150, examples })(
  'checking and repairing keep everything',
  async (things) => {
    const rig = await FileRig.make({ durability: 'none' });
    try {
      await make(rig.directory, things);
      const before = await look(rig.directory);
      const refused = await verifyDirectory({ path: rig.directory, formats, maxSize: 20 }, fs).then(
        () => undefined,
        mayThrow,
      );
      expect(await look(rig.directory)).toEqual(before);
      const repaired = await repairDirectory({ path: rig.directory, formats }, fs).catch(mayThrow);
      expect(sumUp(await look(rig.directory))).toBe(sumUp(before));
      if (!('findings' in repaired)) {
        expect(refused).toMatchObject({ code: repaired.code });
        return;
      }
      expect(refused).toBeUndefined();
      const failures = repaired.findings.filter(({ failure }) => failure !== undefined);
      if (failures.length > 0) return;
      await rig.start();
      await rig.write(10);
      await rig.stop();
    } finally {
      await rig.remove();
    }
  },
);

test('a repair that is cut off anywhere loses nothing, and is finished by the next', async () => {
  for (const kind of ['EIO', 'crash-before', 'crash-after'] as const) {
    for (let n = 1, fired = true; fired; n++) {
      const rig = await FileRig.make({ durability: 'none' });
      try {
        await make(rig.directory, [
          ['.logcaster.json', { kind: 'file', text: 'damaged' }],
          ['.logcaster.tmp', { kind: 'link', to: 'nowhere' }],
          ['log-20260101-000000-000001.log', { kind: 'file', text: '' }],
          ['current.log', { kind: 'file', text: 'a line\nhalf' }],
        ]);
        const faulty = new FaultyFileSystem();
        faulty.arm(kind, n);
        await repairDirectory({ path: rig.directory, formats }, faulty).catch(() => {});
        fired = faulty.fired.length > 0;
        faulty.disarm();
        await faulty.closeAll();
        await repairDirectory({ path: rig.directory, formats }, fs);
        const things = await look(rig.directory);
        const texts = [...things.values()];
        expect(texts.filter((text) => text === 'damaged')).toHaveLength(1);
        expect(texts.filter((text) => text === 'link nowhere')).toHaveLength(1);
        expect(texts).toContain('half');
        expect(things.get('current.log')).toBe('a line\n');
        await rig.start();
        expect(rig.complaints).toEqual([]);
        await rig.stop();
      } finally {
        await rig.remove();
      }
    }
  }
});
