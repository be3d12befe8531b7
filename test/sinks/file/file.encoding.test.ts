import { readFile } from 'node:fs/promises';
import { expect, onTestFinished, test } from 'vitest';
import { Batch } from '../../../src/core/batch.ts';
import { FileRig, type RigOptions, toBatch } from './rig.ts';

async function makeRig(options: RigOptions): Promise<FileRig> {
  const rig = await FileRig.make({ maxSize: 1000, ...options });
  onTestFinished(() => rig.remove());
  await rig.start();
  return rig;
}

const current = (rig: FileRig) => readFile(`${rig.directory}/current.log`, 'utf8');

test('json: time, origin, line and fields stand in the file', async () => {
  const rig = await makeRig({ encoding: 'json' });
  const batch = Batch.fromTexts(['one', 'two'], {
    origin: { source: 'tcp', peer: '127.0.0.1:1' },
    receivedAt: Date.UTC(2026, 0, 1),
    fields: [{ level: 'warn' }, undefined],
  });
  await rig.sink.write(batch);
  expect((await current(rig)).split('\n')).toEqual([
    '{"time":"2026-01-01T00:00:00.000Z","source":"tcp","peer":"127.0.0.1:1","message":"one","fields":{"level":"warn"}}',
    '{"time":"2026-01-01T00:00:00.000Z","source":"tcp","peer":"127.0.0.1:1","message":"two"}',
    '',
  ]);
});

test('template: no file is larger than maxSize, no line is split, and archives and current.log are all lines', async () => {
  const rig = await makeRig({ encoding: { template: '{source}> {message}' }, maxSize: 40 });
  const lines = Array.from({ length: 30 }, (_, index) => `line ${index}`);
  await rig.sink.writeAll!([toBatch(lines.slice(0, 11)), toBatch(lines.slice(11))]);
  const found = await rig.find();
  expect(found.lines).toEqual(lines.map((line) => `test> ${line}`));
  expect(found.archives.length).toBeGreaterThan(5);
});

test('a failure tells how many lines that came are stored, and what is written later stands behind them', async () => {
  const rig = await makeRig({ encoding: { template: '{source}> {message}' } });
  rig.fs.arm('short', 1, { only: ({ name }) => name === 'file.writev' });
  rig.fs.arm('ENOSPC', 2, { only: ({ name }) => name === 'file.writev' });
  const lines = ['a', 'b', 'c', 'd', 'e'];
  await expect(rig.sink.writeAll!([toBatch(lines)])).rejects.toMatchObject({ stored: 2 });
  await rig.sink.write(toBatch(lines.slice(2)));
  expect(await current(rig)).toBe(lines.map((line) => `test> ${line}\n`).join(''));
});

test('what was encoded is not taken for what was received: there is no history', async () => {
  const rig = await makeRig({ encoding: 'json' });
  await rig.sink.write(toBatch(['one']));
  await rig.restart();
  const batches = await Array.fromAsync(rig.sink.history!({ maxLines: 10, maxBytes: 1000 }));
  expect(batches).toEqual([]);
  await rig.restart({ encoding: 'line' });
  expect(await Array.fromAsync(rig.sink.history!({ maxLines: 10, maxBytes: 1000 }))).toHaveLength(1);
});

test('takes less at once, since what is encoded takes more memory', async () => {
  const plain = await makeRig({});
  const encoding = await makeRig({ encoding: 'json' });
  expect([plain.sink.maxGroupBytes, encoding.sink.maxGroupBytes]).toEqual([undefined, 2 ** 20]);
});
