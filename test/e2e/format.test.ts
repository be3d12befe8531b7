/** Directories that a newer version has written: refused with a hint, before a port is opened, and not changed in any way. */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CommandProcess, temporaryDirectory } from '../support/logcaster-process.ts';

const NEWER = '{"format":2,"sequence":7,"more":true}\n';

/** The files of a directory of each kind, and the sink that uses it. */
const KINDS = [
  {
    kind: 'a log directory',
    files: {
      '.logcaster.json': NEWER,
      'current.log': 'half a li',
      'log-20260101-000000-000007.log': 'one\n',
    },
    sink: 'type: file, directory: ./kept',
  },
  {
    kind: 'an archive',
    files: {
      '.logcaster.json': NEWER,
      'current.log.zst': 'no frame',
      'log-20260101-000000-000007.log.zst': '?',
    },
    sink: 'type: archive, directory: ./kept',
  },
  {
    kind: 'a spill',
    files: { 'spill.format': NEWER, 'spill-000001-9f86d081.frames': 'no frame' },
    sink: 'type: blackhole, queue: { whenFull: spill, spill: { directory: ./kept } }',
  },
];

/** Every file with its content and when it was changed. */
function snapshot(directory: string): unknown {
  return readdirSync(directory)
    .toSorted()
    .map((name) => {
      const path = join(directory, name);
      return [name, readFileSync(path, 'latin1'), statSync(path).mtimeMs];
    });
}

test.each(KINDS)('$kind of a newer version', async ({ files, sink }) => {
  const cwd = temporaryDirectory();
  const kept = join(cwd, 'kept');
  mkdirSync(kept, { mode: 0o750 });
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(kept, name), content, { mode: 0o640 });
  writeFileSync(
    join(cwd, 'format.yaml'),
    `sources: { tcp: { type: tcp, port: 0 } }
pipelines: { main: { from: tcp, to: out } }
sinks: { out: { ${sink} } }
`,
  );
  const before = snapshot(kept);
  const command = new CommandProcess(['run', '-c', 'format.yaml'], { cwd });
  const { code, stderr } = await command.exited;
  expect(code).toBe(1);
  expect(stderr).toContain('has the format 2; this version knows 1');
  expect(stderr).toMatch(/LC_DIRECTORY_FORMAT/);
  expect(stderr).toMatch(/Use the newer version/);
  expect(stderr).not.toContain('takes in lines');
  expect(snapshot(kept)).toEqual(before);
});
