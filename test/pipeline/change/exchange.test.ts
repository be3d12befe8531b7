/** A change in which an old and a new component want the same: a port, a directory. */
import { describe, expect, test } from 'vitest';
import { joinLines } from '../../../src/core/batch.ts';
import { FakeSink, hang, Manual } from '../../support/fake-sink.ts';
import { FakeSource } from '../../support/fake-source.ts';
import { stuck } from '../../support/operators.ts';
import { Running } from '../../support/running.ts';
import { type OperatorSpec, topologyOf } from '../../support/topology.ts';
import { passUntil, settle } from '../../support/turns.ts';

/** What can be had by one only; whoever takes it while it is taken fails. */
class Claim {
  owner: string | undefined;

  give(name: string, sink: FakeSink): FakeSink {
    sink.onStart = () => {
      if (this.owner !== undefined) throw new Error(`taken by ${this.owner}`);
      this.owner = name;
    };
    sink.onDispose = () => {
      if (this.owner === name) this.owner = undefined;
    };
    return sink;
  }
}

const directory = ['directory ./logs'];
const pipelines = { main: { from: ['in'], to: ['files'] } };

describe('a sink that is changed and claims the same', () => {
  test('drains and is closed before the new one opens, and lines wait meanwhile', async () => {
    const claim = new Claim();
    const source = new FakeSource();
    const manual = new Manual();
    const old = claim.give('old', new FakeSink(manual.conduct));
    const fresh = claim.give('fresh', new FakeSink());
    const beside = new FakeSink();
    const spec = (sink: FakeSink, key: string) => ({
      sources: { in: source },
      pipelines: { ...pipelines, beside: { from: ['in'], to: ['beside'] } },
      sinks: { files: { sink, key, claims: directory }, beside },
    });
    const running = await Running.start(spec(old, 'old'));
    for (const line of ['a', 'b']) source.push(line);

    const changing = running.runtime.change(topologyOf(spec(fresh, 'fresh')));
    await settle();
    source.push('c');
    await settle();
    expect(fresh.events).toEqual([]);
    // Only the way to what is exchanged is shut.
    expect(beside.stored).toEqual(['a', 'b', 'c']);
    expect(running.ledger.pipelines['main']).toMatchObject({ received: 3, offered: 2, inFlight: 1 });
    expect(running.ledger.unaccounted).toBe(0);

    for (let write = 0; write < 2; write++) {
      manual.finish();
      await settle();
    }
    await passUntil(running.clock, changing);
    source.push('d');
    expect([old.stored, fresh.stored]).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    expect(old.events).toEqual(['start', 'write', 'flush', 'dispose']);
    expect(claim.owner).toBe('fresh');
    expect(running.ledger.sinks['files']).toMatchObject({ offered: 4, stored: 4 });
    expect(source.events).toEqual(['create', 'start', 'subscribe']);
    running.expectBalance();
  });

  test('and hangs is given up at the deadline', async () => {
    const claim = new Claim();
    const source = new FakeSource();
    const fresh = claim.give('fresh', new FakeSink());
    const spec = (sink: FakeSink, key: string) => ({
      sources: { in: source },
      pipelines,
      sinks: { files: { sink, key, claims: directory } },
    });
    const running = await Running.start(spec(claim.give('old', new FakeSink(hang)), 'old'));
    source.push('a');
    const changing = running.change(spec(fresh, 'fresh'), 1000);
    await settle();
    source.push('b');
    await changing;
    expect(fresh.stored).toEqual(['b']);
    expect(running.ledger.sinks['files']).toMatchObject({ stored: 1, dropped: { deadline: { lines: 1 } } });
    running.expectBalance();
  });

  test('takes its claim along to another name', async () => {
    const claim = new Claim();
    const source = new FakeSource();
    const [old, fresh] = [claim.give('old', new FakeSink()), claim.give('fresh', new FakeSink())];
    const running = await Running.start({
      sources: { in: source },
      pipelines,
      sinks: { files: { sink: old, claims: directory } },
    });
    source.push('a');
    await running.change({
      sources: { in: source },
      pipelines: { main: { from: ['in'], to: ['renamed'] } },
      sinks: { renamed: { sink: fresh, claims: directory } },
    });
    source.push('b');
    expect([old.stored, fresh.stored]).toEqual([['a'], ['b']]);
    running.expectBalance();
  });
});

test('two sources that swap their ports are both ended before either begins', async () => {
  const ports = new Map<string, FakeSource>();
  const listen = (port: string): FakeSource => {
    const source = new FakeSource();
    source.onStart = () => {
      if (ports.has(port)) throw new Error(`port ${port} taken`);
      ports.set(port, source);
    };
    source.onDispose = () => {
      if (ports.get(port) === source) ports.delete(port);
    };
    return source;
  };
  const sink = new FakeSink();
  const spec = (one: string, two: string) => ({
    sources: {
      one: { create: listen(one).create, key: one, claims: [`tcp ${one}`] },
      two: { create: listen(two).create, key: two, claims: [`tcp ${two}`] },
    },
    pipelines: { main: { from: ['one', 'two'], to: ['out'] } },
    sinks: { out: sink },
  });
  const running = await Running.start(spec('1', '2'));
  ports.get('1')!.push('a');
  await running.change(spec('2', '1'));
  ports.get('1')!.push('b');
  ports.get('2')!.push('c');
  expect(sink.stored).toEqual(['a', 'b', 'c']);
  expect(running.ledger.sources).toMatchObject({ one: { received: 2 }, two: { received: 1 } });
  running.expectBalance();
});

/** An operator that puts a mark behind each line. */
function mark(text: string): OperatorSpec {
  return {
    name: 'mark',
    key: text,
    create: () => ({
      transform: (batch) => batch.withLines(joinLines(batch.texts().map((line) => `${line}${text}`))),
    }),
  };
}

describe('an exchange that fails', () => {
  test('brings everything back as it was', async () => {
    const claim = new Claim();
    const source = new FakeSource();
    const port = new FakeSource();
    const [files, other, early] = [claim.give('old', new FakeSink()), new FakeSink(), new FakeSink()];
    const bad = new FakeSink();
    bad.onStart = () => Promise.reject(new Error('no space'));
    const base = {
      sources: { in: source, port: { create: port.create, claims: ['tcp 1'] } },
      pipelines: {
        main: { from: ['in', 'port'], through: [mark('!')], to: ['files'] },
        beside: { from: ['in'], to: ['other'] },
      },
      sinks: { files: { sink: files, claims: directory }, other },
    };
    const running = await Running.start(base);
    source.push('a');
    port.push('b');

    await expect(
      running.change({
        sources: { in: source, port: { create: new FakeSource().create, key: 'new', claims: ['tcp 1'] } },
        pipelines: {
          main: { from: ['in', 'port'], through: [mark('?')], to: ['files', 'early'] },
          more: { from: ['main'], to: ['early'] },
        },
        sinks: { files: { sink: bad, key: 'bad', claims: directory }, early },
      }),
    ).rejects.toThrow('no space');

    source.push('c');
    port.push('d');
    expect(files.stored).toEqual(['a!', 'b!', 'c!', 'd!']);
    expect(other.stored).toEqual(['a', 'c']);
    expect(files.events).toEqual(['start', 'write', 'flush', 'dispose', 'start', 'write']);
    expect(other.events).toEqual(['start', 'write']);
    expect([early.events, bad.events]).toEqual([
      ['start', 'dispose'],
      ['start', 'dispose'],
    ]);
    expect(source.events).toEqual(['create', 'start', 'subscribe']);
    expect(port.events.slice(-3)).toEqual(['create', 'start', 'subscribe']);
    expect(running.runtime.topology.sinks.get('files')!.key).toBe('');
    running.expectBalance();

    // And the next change finds it so.
    const good = claim.give('good', new FakeSink());
    await running.change({
      sources: { in: source },
      pipelines: { main: { from: ['in'], to: ['files'] } },
      sinks: { files: { sink: good, key: 'good', claims: directory } },
    });
    source.push('e');
    expect(good.stored).toEqual(['e']);
    expect(await running.stop()).toBe(0);
    running.expectBalance();
  });

  test('and whose old components cannot come back goes on without them, keeps the lines of sinks, and tries again', async () => {
    const source = new FakeSource();
    const files = new FakeSink();
    const other = new FakeSink();
    const port = new FakeSource();
    let isBroken = false;
    const fragile: OperatorSpec = {
      key: 'fragile',
      create: () => {
        if (isBroken) throw new Error('cannot be made');
        return { transform: (batch) => batch };
      },
    };
    const base = {
      sources: { in: source, port: { create: port.create, claims: ['tcp 1'] } },
      pipelines: {
        main: { from: ['in', 'port'], to: ['files', 'other'] },
        second: { from: ['in'], through: [fragile], to: ['other'] },
      },
      sinks: { files: { sink: files, claims: directory }, other },
    };
    const running = await Running.start(base);
    const bad = new FakeSink();
    bad.onStart = () => {
      files.onStart = () => Promise.reject(new Error('still no space'));
      port.onStart = () => Promise.reject(new Error('taken'));
      isBroken = true;
      throw new Error('no space');
    };
    await expect(
      running.change({
        sources: { in: source, port: { create: new FakeSource().create, key: 'new', claims: ['tcp 1'] } },
        pipelines: { main: base.pipelines.main, second: { from: ['in'], to: ['other'] } },
        sinks: { files: { sink: bad, key: 'bad', claims: directory }, other },
      }),
    ).rejects.toThrow('no space');

    source.push('a');
    await settle();
    expect(other.stored).toEqual(['a']);
    expect(running.ledger.sinks['files']).toMatchObject({
      offered: 1,
      inFlight: 1,
      dropped: {},
    });
    expect(running.ledger.pipelines['second']).toMatchObject({
      received: 1,
      dropped: { abandoned: { lines: 1, intentional: false } },
    });
    expect(running.log.messages('error')).toEqual([
      'error: second: cannot be started again, the next change tries it: operator operator1 of second cannot be made: cannot be made',
      'error: port: cannot be started again, the next change tries it: source port (fake) cannot be started: taken',
      'error: files: cannot be started again, the next change tries it: sink files (fake) cannot be started: still no space',
    ]);
    running.expectBalance({ taken: source.context.credit.taken });

    files.onStart = () => {};
    port.onStart = () => {};
    isBroken = false;
    await running.change(base);
    source.push('b');
    port.push('c');
    await settle();
    expect(files.stored).toEqual(['a', 'b', 'c']);
    expect(other.stored).toEqual(['a', 'b', 'b', 'c']);
    expect(source.settled[0]).toEqual({ lines: ['a'], stored: false });
    expect(await running.stop()).toBe(0);
    running.expectBalance();
  });

  test('and is followed by a change to something else leaves nothing of it behind', async () => {
    const source = new FakeSource();
    const files = new FakeSink();
    const base = {
      sources: { in: source },
      pipelines,
      sinks: { files: { sink: files, claims: directory } },
    };
    const running = await Running.start(base);
    const bad = new FakeSink();
    bad.onStart = () => {
      files.onStart = () => Promise.reject(new Error('still no space'));
      throw new Error('no space');
    };
    await expect(
      running.change({ ...base, sinks: { files: { sink: bad, key: 'bad', claims: directory } } }),
    ).rejects.toThrow('no space');
    const out = new FakeSink();
    await running.change({
      sources: { in: source },
      pipelines: { main: { from: ['in'], to: ['out'] } },
      sinks: { out },
    });
    source.push('a');
    expect(out.stored).toEqual(['a']);
    expect(running.runtime.sink('files')).toBeUndefined();
    running.expectBalance();
  });
});

describe('an abort in the middle of a change', () => {
  test('while a new component starts: it is disposed of', async () => {
    const source = new FakeSource();
    const running = await Running.start({ sources: { in: source } });
    const opening = Promise.withResolvers<void>();
    const fresh = new FakeSink();
    fresh.onStart = () => opening.promise;
    const changing = running.runtime.change(topologyOf({ sources: { in: source }, sinks: { fresh } }));
    await settle();
    expect(running.runtime.abort()).toBe(0);
    opening.resolve();
    await passUntil(running.clock, changing);
    expect(fresh.events).toEqual(['start', 'dispose']);
    expect(running.runtime.sink('fresh')).toBeUndefined();
  });

  test('while a source gives what it has read: that is counted', async () => {
    const source = new FakeSource();
    const sink = new FakeSink(hang);
    const rest = { pipelines: { main: { from: ['in'], to: ['files'] } }, sinks: { files: sink } };
    const running = await Running.start({ sources: { in: { create: source.create, credit: 600 } }, ...rest });
    source.push('a');
    source.push('b', 'c');
    const other = { create: new FakeSource().create, key: 'other' };
    const changing = running.runtime.change(topologyOf({ sources: { in: other }, ...rest }));
    await settle();
    expect(source.events).toContain('stop');
    expect(running.runtime.abort()).toBe(3);
    running.expectBalance();
    await passUntil(running.clock, changing);
    expect(source.events.slice(-2)).toEqual(['dispose', 'dispose']);
    running.expectBalance();
  });

  test('while operators drain: what the source emitted meanwhile is counted', async () => {
    const source = new FakeSource();
    const spec = (through: OperatorSpec[]) => ({
      sources: { in: source },
      pipelines: { main: { from: ['in'], through, to: ['files'] } },
      sinks: { files: new FakeSink() },
    });
    const running = await Running.start(spec([{ key: 'stuck', create: stuck }]));
    source.push('a');
    const changing = running.runtime.change(topologyOf(spec([])));
    await settle();
    source.push('b');
    expect(running.ledger.sources['in']).toMatchObject({ received: 2, emitted: 1, inFlight: 1 });
    expect(running.runtime.abort()).toBe(2);
    running.expectBalance();
    await passUntil(running.clock, changing);
    expect(running.ledger.sources['in']).toMatchObject({ dropped: { abandoned: { lines: 1 } }, inFlight: 0 });
    running.expectBalance();
  });

  test('while an old sink drains: its lines, and those held back, are counted', async () => {
    const source = new FakeSource();
    const [old, fresh] = [new FakeSink(hang), new FakeSink()];
    const spec = (sink: FakeSink, key: string) => ({
      sources: { in: source },
      pipelines,
      sinks: { files: { sink, key, claims: directory } },
    });
    const running = await Running.start(spec(old, 'old'));
    source.push('a');
    const changing = running.runtime.change(topologyOf(spec(fresh, 'fresh')));
    await settle();
    source.push('b');
    expect(running.runtime.abort()).toBe(2);
    running.expectBalance();
    await passUntil(running.clock, changing);
    expect(fresh.stored).toEqual([]);
    expect(old.events.at(-1)).toBe('dispose');
    running.expectBalance();
  });
});
