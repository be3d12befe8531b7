/** A queue that goes on to disk. */
import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { LogCasterError } from '../../../src/core/errors.ts';
import { FakeSink, hang, Manual } from '../../support/fake-sink.ts';
import { FaultyFileSystem, type Operation } from '../../support/faulty-file-system.ts';
import { topologyOf } from '../../support/topology.ts';
import { settle } from '../../support/turns.ts';
import { eventually, numbered, SpillRig, spilling } from './spill-rig.ts';

const isSegmentWrite = ({ name, path }: Operation): boolean =>
  name === 'file.writev' && path.endsWith('.frames');

async function finishAll(manual: Manual, rig: SpillRig): Promise<void> {
  await eventually(() => {
    while (manual.pending > 0) manual.finish();
    expect(rig.account.inFlight).toBe(0);
  });
}

test('as long as memory suffices nothing touches the disk', async () => {
  const manual = new Manual();
  const rig = await SpillRig.start({ sink: new FakeSink(manual.conduct), maxBytes: 100 });
  const before = rig.fs.operations.length;
  rig.push(...numbered(10));
  await settle(10);
  expect(rig.fs.operations.slice(before).filter(isSegmentWrite)).toEqual([]);
  expect(rig.account).toMatchObject({ inFlight: 10, queuedBytes: 28 });
  expect(rig.source.settled).toHaveLength(10);
  await finishAll(manual, rig);
  expect(rig.sink.stored).toEqual(numbered(10));
  expect(await rig.segments()).toEqual([]);
});

test('what does not fit goes to the disk with all that is not settled, and comes back in order', async () => {
  const manual = new Manual();
  const rig = await SpillRig.start({ sink: new FakeSink(manual.conduct) });
  const lines = numbered(200);
  rig.push(...lines);
  await eventually(() => expect(rig.spill).toMatchObject({ lines: 200, segments: 1 }));
  expect(rig.account).toMatchObject({
    offered: 200,
    stored: 0,
    inFlight: 200,
    queuedBytes: 0,
    unaccounted: 0,
  });
  await eventually(() => expect(rig.source.settled).toHaveLength(200));
  await finishAll(manual, rig);
  expect(rig.sink.stored).toEqual(lines);
  rig.expectBalance();
  await eventually(async () => expect(await rig.segments()).toEqual([]));
  rig.push('fresh');
  await finishAll(manual, rig);
  expect(rig.sink.stored.at(-1)).toBe('fresh');
});

test('lines keep their origin, their time and their fields', async () => {
  const sink = new FakeSink(hang);
  const rig = await SpillRig.start({ sink });
  const fields = [
    JSON.parse('{"__proto__":{"a":[1,null,"é"]},"level":"warn"}') as Record<string, never>,
    undefined,
  ];
  rig.push('first');
  const { context } = rig.source;
  const bytes = Buffer.from('a\0\xff\nb\n\n', 'latin1');
  const lines = { bytes, bounds: Uint32Array.of(0, 3, 4, 6) };
  const receivedAt = 1_700_000_000_123;
  rig.source.emit(context.admit(lines, { peer: 'peer:1', receivedAt, fields })!);
  rig.push(...numbered(10));
  await eventually(() => expect(rig.spill.lines).toBe(13));
  await rig.runtime.stop(100);

  const seen: unknown[] = [];
  const next = new FakeSink();
  next.write = (batch) => {
    const { origin, receivedAt: at } = batch;
    for (let index = 0; index < batch.length; index++)
      seen.push({ origin, at, line: batch.line(index).toString('latin1'), fields: batch.fields?.[index] });
  };
  await SpillRig.start({ directory: rig.directory, sink: next });
  await eventually(() => expect(seen).toHaveLength(13));
  expect(seen.slice(1, 3)).toEqual([
    { origin: { source: 'in', peer: 'peer:1' }, at: receivedAt, line: 'a\0\xff', fields: expect.anything() },
    { origin: { source: 'in', peer: 'peer:1' }, at: receivedAt, line: 'b\n', fields: undefined },
  ]);
  const [, withFields] = seen as { fields: Record<string, unknown> }[];
  expect(JSON.stringify(withFields!.fields)).toBe('{"__proto__":{"a":[1,null,"é"]},"level":"warn"}');
  expect(Object.getPrototypeOf(withFields!.fields)).toBeNull();
});

describe('a stop', () => {
  test('writes what is in memory and in hand to the spill, and the next start goes on with it', async () => {
    const rig = await SpillRig.start({ sink: new FakeSink(hang), maxBytes: 1000 });
    const lines = numbered(20);
    rig.push(...lines);
    expect(rig.spill.lines).toBe(0);
    expect(await rig.runtime.stop(1000)).toBe(0);
    expect(rig.account).toMatchObject({ offered: 20, stored: 0, dropped: {}, inFlight: 20, unaccounted: 0 });
    expect(rig.log.messages('warn')).toContain(
      `warn: out: 20 lines wait on disk for the next start, in ${rig.spill === undefined ? '' : rig.directory}`,
    );

    const next = await SpillRig.start({ directory: rig.directory });
    await next.drained();
    expect(next.sink.stored).toEqual(lines);
    // The first line was with the sink.
    expect(next.account).toMatchObject({
      offered: 0,
      recovered: 20,
      stored: 20,
      spill: { possibleDuplicates: 1 },
    });
    expect(await next.runtime.stop(1000)).toBe(0);
    const last = await SpillRig.start({ directory: rig.directory });
    expect(last.account).toMatchObject({ recovered: 0, inFlight: 0 });
  });

  test('waits for a sink that is only slow', async () => {
    const manual = new Manual();
    const rig = await SpillRig.start({ sink: new FakeSink(manual.conduct), maxBytes: 1000 });
    rig.push('a', 'b');
    const stopped = rig.runtime.stop(20_000);
    await finishAll(manual, rig);
    expect(await stopped).toBe(0);
    expect(rig.account).toMatchObject({ stored: 2, inFlight: 0 });
    expect(await rig.segments()).toEqual([]);
  });

  test('of a disk that is full has room for what was in memory', async () => {
    const rig = await SpillRig.start({ sink: new FakeSink(hang), spill: { maxBytes: 1 } });
    rig.push(...numbered(30));
    await eventually(() => expect(rig.spill).toMatchObject({ stuck: true }));
    expect(await rig.runtime.stop(1000)).toBe(0);
    const next = await SpillRig.start({ directory: rig.directory });
    await next.drained();
    expect(next.sink.stored).toEqual(numbered(30));
  });

  test('counts as lost only what could not be written', async () => {
    const rig = await SpillRig.start({ sink: new FakeSink(hang), maxBytes: 1000 });
    rig.push('a', 'b');
    rig.fs.arm('EIO', 1, { only: isSegmentWrite, times: 1e6 });
    expect(await rig.runtime.stop(500)).toBe(2);
    expect(rig.account).toMatchObject({ dropped: { deadline: { lines: 2 } }, inFlight: 0, unaccounted: 0 });
  });

  test('an abort loses what is in memory, and nothing that is on the disk', async () => {
    const rig = await SpillRig.start({ sink: new FakeSink(hang) });
    rig.push(...numbered(50));
    await eventually(() => expect(rig.spill.lines).toBe(50));
    expect(rig.runtime.abort()).toBe(0);
    rig.expectBalance();
    const next = await eventually(() => SpillRig.start({ directory: rig.directory }));
    await next.drained();
    expect(next.sink.stored).toEqual(numbered(50));
  });
});

describe('when the disk is full', () => {
  test('block: the sources wait', async () => {
    const manual = new Manual();
    const rig = await SpillRig.start({
      sink: new FakeSink(manual.conduct),
      credit: 300,
      spill: { maxBytes: 2000 },
    });
    const lines = numbered(300);
    rig.push(...lines);
    await eventually(() => expect(rig.spill.stuck).toBe(true));
    expect(rig.source.waiting).toBeGreaterThan(100);
    expect(rig.spill.bytes).toBeLessThanOrEqual(2000);
    await finishAll(manual, rig);
    await eventually(() => expect(rig.source.waiting).toBe(0));
    await finishAll(manual, rig);
    expect(rig.sink.stored).toEqual(lines);
    expect(rig.account).toMatchObject({ offered: 300, stored: 300, dropped: {} });
    rig.expectBalance();
  });

  test.each(['dropNewest', 'dropOldest'] as const)(
    '%s: lines are dropped and counted, and nobody waits',
    async (whenFull) => {
      const manual = new Manual();
      const rig = await SpillRig.start({
        sink: new FakeSink(manual.conduct),
        maxBytes: 50,
        spill: { maxBytes: 3000, whenFull },
      });
      const lines = numbered(2000);
      for (const line of lines) {
        rig.push(line);
        if (rig.source.emitted % 50 === 0) await settle();
      }
      await eventually(() => expect(rig.source.waiting).toBe(0));
      await rig.fs.quiet();
      expect(rig.spill.bytes).toBeLessThanOrEqual(3000);
      const dropped = rig.account.dropped['spillFull']!;
      expect(dropped).toMatchObject({ intentional: true });
      expect(dropped.lines).toBeGreaterThan(500);
      rig.expectBalance();
      await finishAll(manual, rig);
      rig.expectBalance();
      const { stored } = rig.sink;
      expect(stored.length).toBe(2000 - rig.account.dropped['spillFull']!.lines);
      expect(stored.toSorted((a, b) => Number(a.slice(1)) - Number(b.slice(1)))).toEqual(stored);
      const survivor = whenFull === 'dropOldest' ? stored.at(-1) : stored[9];
      expect(survivor).toBe(whenFull === 'dropOldest' ? 'x2000' : 'x10');
      expect(rig.log.messages('warn').join()).toContain('the spill is full');
    },
  );
});

describe('a disk that fails', () => {
  test('holds up nobody but its sink, and its lines go another way', async () => {
    const manual = new Manual();
    const rig = await SpillRig.start({ sink: new FakeSink(manual.conduct) });
    rig.fs.arm('EIO', 1, { only: isSegmentWrite, times: 1e6 });
    rig.push(...numbered(50));
    await eventually(() => expect(rig.log.messages('error').join()).toContain('cannot write to its spill'));
    await finishAll(manual, rig);
    expect(rig.sink.stored).toEqual(numbered(50));
    rig.expectBalance();
  });

  test('is written again when it can be', async () => {
    const rig = await SpillRig.start({ sink: new FakeSink(hang) });
    rig.fs.arm('short', 1, { only: isSegmentWrite, times: 3 });
    rig.push(...numbered(50));
    await eventually(() => expect(rig.spill).toMatchObject({ lines: 50, stuck: false }));
    expect(rig.log.messages().join()).toContain('can write to its spill again');
    rig.runtime.abort();
    const next = await eventually(() => SpillRig.start({ directory: rig.directory }));
    await next.drained();
    expect(next.sink.stored).toEqual(numbered(50));
  });

  test('a write that hangs: with a policy that drops, memory is bounded and nobody waits', async () => {
    const rig = await SpillRig.start({
      sink: new FakeSink(hang),
      maxBytes: 60,
      credit: 500,
      spill: { whenFull: 'dropNewest' },
    });
    rig.fs.arm('slow', 1, { only: isSegmentWrite });
    rig.push(...numbered(2000));
    await eventually(() => expect(rig.source.waiting).toBe(0));
    expect(rig.account['queuedBytes']).toBeLessThanOrEqual(500);
    expect(rig.account.dropped['spillFull']!.lines).toBeGreaterThan(1000);
    rig.expectBalance();
    rig.fs.release();
    await eventually(() => expect(rig.spill).toMatchObject({ stuck: false }));
    rig.expectBalance();
  });

  test('what cannot be read is given up at last, and counted', async () => {
    const manual = new Manual();
    const rig = await SpillRig.start({ sink: new FakeSink(manual.conduct) });
    rig.fs.arm('EIO', 1, {
      only: ({ name, path }) => name === 'file.read' && path.endsWith('.frames'),
      times: 1e6,
    });
    rig.push(...numbered(20));
    await finishAll(manual, rig);
    expect(rig.sink.stored[0]).toBe('x1');
    expect(rig.account.dropped['spillDamaged']).toMatchObject({ intentional: false });
    expect(rig.account.dropped['spillDamaged']!.lines + rig.sink.stored.length).toBe(20);
    rig.expectBalance();
    expect(readdirSync(rig.directory).some((name) => name.endsWith('.unreadable'))).toBe(true);
  });
});

describe('a change of the configuration', () => {
  test('a running spill takes over its settings', async () => {
    const manual = new Manual();
    const rig = await SpillRig.start({
      sink: new FakeSink(manual.conduct),
      spill: { maxBytes: 500, whenFull: 'dropNewest' },
    });
    rig.push(...numbered(100));
    await eventually(() => expect(rig.account.dropped['spillFull']?.lines).toBeGreaterThan(0));
    await rig.change({ spill: { maxBytes: 1e9 } });
    const { lines } = rig.account.dropped['spillFull']!;
    await eventually(() => expect(rig.spill.stuck).toBe(false));
    rig.push(...numbered(100, 101));
    await eventually(() => expect(rig.spill.lines).toBe(200 - lines));
    await finishAll(manual, rig);
    expect(rig.account.dropped['spillFull']).toMatchObject({ lines });
    rig.expectBalance();
  });

  test('a sink that is made anew goes on with the lines of its spill', async () => {
    const { FakeSource } = await import('../../support/fake-source.ts');
    const rig = await SpillRig.start({ sink: new FakeSink(hang) });
    rig.push(...numbered(30));
    await eventually(() => expect(rig.spill.lines).toBe(30));
    const sink = new FakeSink();
    await rig.runtime.change(
      topologyOf({
        sources: { other: new FakeSource() },
        pipelines: { main: { from: ['other'], to: ['out'] } },
        sinks: { out: { sink, key: 'other', queue: spilling(rig.directory) } },
      }),
      500,
    );
    await rig.drained();
    expect(sink.stored).toEqual(numbered(30));
    expect(rig.account).toMatchObject({ offered: 30, recovered: 0, stored: 30 });
  });

  test('while a sink is made anew each line of its spill is in flight once', async () => {
    const rig = await SpillRig.start({ sink: new FakeSink(hang) });
    rig.push(...numbered(30));
    await eventually(() => expect(rig.spill.lines).toBe(30));
    const seen: unknown[] = [];
    const look = (): void => {
      const { inFlight, unaccounted } = rig.account;
      seen.push([inFlight, unaccounted]);
    };
    const change = (sink: FakeSink): Promise<void> =>
      rig.runtime.change(
        topologyOf({
          sources: { in: rig.source },
          pipelines: { main: { from: ['in'], to: ['out'] } },
          sinks: { out: { sink, key: 'other', queue: spilling(rig.directory) } },
        }),
        500,
      );
    const broken = new FakeSink();
    broken.onStart = () => {
      look();
      throw new Error('cannot start');
    };
    broken.onDispose = look;
    await expect(change(broken)).rejects.toThrow('cannot start');
    look();
    const good = new FakeSink(hang);
    good.onStart = look;
    await change(good);
    look();
    expect(seen.length).toBeGreaterThan(3);
    expect(seen).toEqual(seen.map(() => [30, 0]));
  });

  test('a spill that is taken out with lines in it leaves them, and says so', async () => {
    const rig = await SpillRig.start({ sink: new FakeSink(hang) });
    rig.push(...numbered(30));
    await eventually(() => expect(rig.spill.lines).toBe(30));
    await rig.runtime.change(
      topologyOf({
        sources: { in: rig.source },
        pipelines: { main: { from: ['in'], to: ['out'] } },
        sinks: { out: { sink: new FakeSink(), key: 'other' } },
      }),
      300,
    );
    expect(rig.log.messages('warn').join()).toContain('30 lines wait on disk');
    expect(rig.account).toMatchObject({ offered: 30, inFlight: 30, unaccounted: 0 });
  });
});

test('two sinks cannot have one directory, nor can two processes', async () => {
  const rig = await SpillRig.start();
  const error: unknown = await SpillRig.start({ directory: rig.directory }).catch(
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(LogCasterError);
  expect(error).toMatchObject({ code: 'LC_DIRECTORY_IN_USE' });
});

test('a start that fails leaves nothing open', async () => {
  const fs = new FaultyFileSystem();
  const sink = new FakeSink();
  sink.onStart = () => {
    throw new Error('cannot start');
  };
  await expect(SpillRig.start({ fs, sink })).rejects.toThrow('cannot start');
  expect(fs.openFiles).toBe(0);
});

test('the directory and its files are for the owner and the group only', async () => {
  const { statSync } = await import('node:fs');
  const rig = await SpillRig.start({ sink: new FakeSink(hang) });
  rig.push(...numbered(50));
  await eventually(() => expect(rig.spill.lines).toBe(50));
  expect(statSync(rig.directory).mode & 0o777).toBe(0o750);
  for (const name of readdirSync(rig.directory)) {
    expect([name, statSync(`${rig.directory}/${name}`).mode & 0o777]).toEqual([name, 0o640]);
  }
  expect(existsSync(`${rig.directory}/spill.format`)).toBe(true);
});
