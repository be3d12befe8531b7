/** `logcaster query` over what an archive sink has written: each frame has times of its own, and can be read from either end. */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Batch } from '../../../src/core/batch.ts';
import { makeArchiveRig } from '../../sinks/archive/archive-rig.ts';
import { runCli } from '../run-cli.ts';

const COMPRESSIONS = ['gzip', 'zstd'] as const;

/** Twelve lines, a minute apart, in several files. */
async function written(compression: (typeof COMPRESSIONS)[number]) {
  const rig = await makeArchiveRig(compression, { durability: 'none', maxSize: 300, frameSize: 100 });
  onTestFinished(() => rig.remove());
  await rig.start();
  const began = rig.clock.now();
  for (let line = 0; line < 12; line++) {
    const text = `line ${line} of twelve`;
    await rig.sink.writeAll!([
      Batch.fromTexts([text], { origin: { source: 'x' }, receivedAt: rig.clock.now() }),
    ]);
    rig.stored.push(text);
    rig.clock.advance(60_000);
  }
  expect((await rig.check()).archives.length).toBeGreaterThan(1);
  await rig.stop();
  const cwd = dirname(rig.directory);
  const query = (...args: string[]) => runCli(['query', '', basename(rig.directory), ...args], { cwd });
  const at = (line: number) => new Date(began + line * 60_000).toISOString();
  const expected = (from: number, to: number) => rig.stored.slice(from, to).map((text) => `${text}\n`);
  return { rig, query, at, expected };
}

test.each(COMPRESSIONS)(
  '%s: lines in their order, the newest, and by the time of the index',
  async (compression) => {
    const { query, at, expected } = await written(compression);
    expect(await query()).toMatchObject({ code: 0, out: expected(0, 12).join(''), err: '' });
    expect((await query('--reverse')).out).toBe(expected(0, 12).toReversed().join(''));
    expect((await query('-n', '3')).out).toBe(expected(9, 12).join(''));
    expect((await query('--since', at(3), '--until', at(9))).out).toBe(expected(3, 9).join(''));
    expect((await query('-t', '-m', '1')).out).toContain(at(0).slice(0, 19));
  },
);

test.each(COMPRESSIONS)('%s: without an index by what the frames tell', async (compression) => {
  const { rig, query, at, expected } = await written(compression);
  await rm(`${rig.directory}/.logcaster-index`, { recursive: true });
  expect((await query('--since', at(3), '--until', at(9))).out).toBe(expected(3, 9).join(''));
});

test('a frame that is damaged costs its lines, and is said', async () => {
  const { rig, query, expected } = await written('gzip');
  const name = (await readdir(rig.directory)).find((each) => each.startsWith('log-'))!;
  const bytes = await readFile(`${rig.directory}/${name}`);
  bytes[60]! ^= 0xff;
  await writeFile(`${rig.directory}/${name}`, bytes);
  for (const args of [[], ['--reverse']]) {
    const { code, out, err } = await query(...args);
    expect(code).toBe(2);
    const rest = expected(1, 12);
    expect(out).toBe((args.length > 0 ? rest.toReversed() : rest).join(''));
    expect(err).toMatch(new RegExp(`^logcaster: .*${name}: damaged at byte 0: .*\n$`));
  }
});
