import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Batch } from '../../../src/core/batch.ts';
import { batchOf, filesOf, flipBit, openSpill, write } from '../../spill/rig.ts';
import { folder, runCli } from '../run-cli.ts';

/** A folder with `./spill/out`, in which `a`, `b` and one line that a terminal would not like wait, in two batches. */
async function spillFolder(): Promise<string> {
  const cwd = await folder();
  const spill = await openSpill(join(cwd, 'spill/out'));
  const origin = { source: 'tcp', peer: '127.0.0.1:5000' };
  const fields = [{ level: 'warn' }];
  await write(
    spill,
    batchOf('a', 'b'),
    Batch.fromTexts(['\u001b[31mred'], { origin, receivedAt: 0, fields }),
  );
  await spill.close(0);
  return cwd;
}

function segmentIn(cwd: string): string {
  const directory = join(cwd, 'spill/out');
  return join(directory, readdirSync(directory).find((name) => name.endsWith('.frames'))!);
}

test('ls says what waits', async () => {
  const cwd = await spillFolder();
  const { code, out } = await runCli(['spill', 'ls'], { cwd });
  expect({ code, out }).toEqual({
    code: 0,
    out: expect.stringMatching(/spill\/out: 3 lines wait, \d+ B in 1 segment\n$/),
  });
  const asJson = await runCli(['spill', 'ls', 'spill/out', '--json'], { cwd });
  expect(JSON.parse(asJson.out)).toMatchObject([
    { lines: 3, segments: 1, possibleDuplicates: 0, inUse: false },
  ]);
});

test('ls, show and verify look into a spill that is in use, and drain does not', async () => {
  const cwd = await spillFolder();
  const spill = await openSpill(join(cwd, 'spill/out'));
  expect((await runCli(['spill', 'ls'], { cwd })).out).toContain('in use');
  expect((await runCli(['spill', 'show'], { cwd })).out).toContain('a\nb\n');
  expect(await runCli(['spill', 'verify'], { cwd })).toMatchObject({ code: 0 });
  const { code, err } = await runCli(['spill', 'drain'], { cwd });
  expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('[LC_DIRECTORY_IN_USE]') });
  await spill.close(0);
});

test('show gives lines as they are, and escaped on a terminal', async () => {
  const cwd = await spillFolder();
  expect(await runCli(['spill', 'show'], { cwd })).toEqual({
    code: 0,
    out: 'a\nb\n\u001b[31mred\n',
    err: '',
  });
  expect(await runCli(['spill', 'show'], { cwd, terminal: true })).toMatchObject({
    out: 'a\nb\n\\x1b[31mred\n',
  });
  expect(await runCli(['spill', 'show', '-n', '1'], { cwd })).toMatchObject({ out: 'a\n' });
  const asJson = await runCli(['spill', 'show', '--json'], { cwd });
  expect(JSON.parse(asJson.out.split('\n')[2]!)).toEqual({
    time: '1970-01-01T00:00:00.000Z',
    source: 'tcp',
    peer: '127.0.0.1:5000',
    message: '\u001b[31mred',
    fields: { level: 'warn' },
  });
});

test('drain writes out, and removes what is written', async () => {
  const cwd = await spillFolder();
  expect(await runCli(['spill', 'drain', '-o', 'lines.log'], { cwd })).toMatchObject({
    code: 0,
    err: expect.stringContaining('3 lines written out and removed'),
  });
  expect(readFileSync(join(cwd, 'lines.log'), 'latin1')).toBe('a\nb\n\u001b[31mred\n');
  expect(statSync(join(cwd, 'lines.log')).mode & 0o777).toBe(0o640);
  expect((await runCli(['spill', 'ls'], { cwd })).out).toContain('0 lines wait, 0 B in 0 segments');
});

test('drain to a file that is there, or that cannot be written, removes nothing', async () => {
  const cwd = await spillFolder();
  writeFileSync(join(cwd, 'there'), 'keep');
  symlinkSync(join(cwd, 'elsewhere'), join(cwd, 'link'));
  for (const target of ['there', 'link', 'no/such/folder']) {
    const { code, err } = await runCli(['spill', 'drain', '-o', target], { cwd });
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringContaining('what was not written is still there'),
    });
  }
  expect(readFileSync(join(cwd, 'there'), 'utf8')).toBe('keep');
  expect((await runCli(['spill', 'ls'], { cwd })).out).toContain('3 lines wait');
});

test('a damaged batch is told by verify, and costs itself only', async () => {
  const cwd = await spillFolder();
  const segment = segmentIn(cwd);
  const bytes = readFileSync(segment);
  writeFileSync(segment, flipBit(bytes, bytes.indexOf('a\nb\n')));
  const { code, out } = await runCli(['spill', 'verify'], { cwd });
  expect(code).toBe(1);
  expect(out).toContain('the frame at 0 with 2 lines is damaged');
  expect(out).toContain('1 line wait and can be read: 1 error');
  expect(JSON.parse((await runCli(['spill', 'verify', '--json'], { cwd })).out)).toMatchObject([
    { ok: false, readable: 1, findings: [{ code: 'batch-damaged', lines: 2, offset: 0 }] },
  ]);
  expect(await runCli(['spill', 'show'], { cwd })).toMatchObject({
    code: 1,
    out: '\u001b[31mred\n',
    err: expect.stringContaining('2 lines cannot be read'),
  });
  expect(await runCli(['spill', 'drain'], { cwd })).toMatchObject({
    code: 1,
    err: expect.stringContaining('1 line written out and removed, 2 lines were damaged or missing'),
  });
});

test('every byte of a spill, flipped, is found by verify', async () => {
  const cwd = await spillFolder();
  const segment = segmentIn(cwd);
  const bytes = readFileSync(segment);
  for (let at = 0; at < bytes.length; at += 7) {
    writeFileSync(segment, flipBit(bytes, at));
    expect([at, (await runCli(['spill', 'verify'], { cwd })).code]).toEqual([at, 1]);
  }
});

test('a torn tail is no damage, and an unknown format is refused and left as it is', async () => {
  const cwd = await spillFolder();
  const segment = segmentIn(cwd);
  writeFileSync(segment, Buffer.concat([readFileSync(segment), Buffer.from('LCSPILL1 half')]));
  const { code, out } = await runCli(['spill', 'verify'], { cwd });
  expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('[torn-tail]') });
  const format = join(cwd, 'spill/out/spill.format');
  writeFileSync(format, '{"format":2}\n');
  for (const command of ['ls', 'show', 'verify', 'drain']) {
    const refused = await runCli(['spill', command], { cwd });
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('[LC_DIRECTORY_FORMAT]') });
  }
  expect(readFileSync(format, 'utf8')).toBe('{"format":2}\n');
});

test('what is no spill is refused, and nothing is made', async () => {
  const cwd = await folder();
  mkdirSync(join(cwd, 'logs'));
  for (const command of ['ls', 'show', 'verify', 'drain']) {
    expect(await runCli(['spill', command, 'logs'], { cwd })).toMatchObject({
      code: 1,
      err: expect.stringContaining('logs is no spill directory'),
    });
    expect(await runCli(['spill', command], { cwd })).toMatchObject({ code: 1 });
  }
  expect(await filesOf(join(cwd, 'logs'))).toEqual(new Map());
  expect(readdirSync(cwd)).toEqual(['logs']);
});
