/** Several broken sinks at once beside a good one: each policy does what its name says, line by line. */
import { expect, test } from 'vitest';
import { RetryableError } from '../../src/core/errors.ts';
import type { WhenFull } from '../../src/pipeline/topology.ts';
import { type Conduct, FakeSink, hang } from '../support/fake-sink.ts';
import { FakeSource } from '../support/fake-source.ts';
import { Running } from '../support/running.ts';
import { settle } from '../support/turns.ts';

const LINE_BYTES = 10;
const ROOM = 20;
const ROUNDS = 10;
const ROUND = 100;

const lines = Array.from({ length: ROUNDS * ROUND }, (_, index) => `line ${String(index).padStart(4, '0')}`);

/** What a queue of {@link ROOM} lines keeps behind a sink that takes a line at the begin of each round, or none but the first. */
function modelOf(whenFull: WhenFull, takes: 'a line a round' | 'nothing') {
  const queue: string[] = [];
  const taken: string[] = [];
  let dropped = 0;
  for (let round = 0; round < ROUNDS; round++) {
    if (takes === 'a line a round' && queue.length > 0) taken.push(queue.shift()!);
    for (const line of lines.slice(round * ROUND, (round + 1) * ROUND)) {
      if (taken.length === 0) taken.push(line);
      else if (queue.length < ROOM) queue.push(line);
      else {
        dropped++;
        if (whenFull === 'dropOldest') queue.push((queue.shift(), line));
      }
    }
  }
  return { kept: [...taken, ...queue], dropped };
}

const broken = {
  slow: {
    conduct: (clock) => () => new Promise((resolve) => void clock.after(1000, resolve)),
    takes: 'a line a round',
  },
  failing: {
    conduct: () => () => {
      throw new RetryableError('not now');
    },
    takes: 'nothing',
  },
  hanging: { conduct: () => hang, takes: 'nothing' },
} as const satisfies Record<
  string,
  { readonly conduct: (clock: Running['clock']) => Conduct; readonly takes: Parameters<typeof modelOf>[1] }
>;

const kinds = ['slow', 'failing', 'hanging'] as const;
const policies = ['dropNewest', 'dropOldest'] as const;
const names = kinds.flatMap((kind) =>
  policies.map((policy) => ({ kind, policy, name: `${kind}-${policy}` })),
);

test('one slow, one failing, one hanging, with either policy that drops', async () => {
  const source = new FakeSource();
  const good = new FakeSink();
  const running = new Running();
  const sinks = new Map(
    names.map(({ kind, policy, name }) => {
      const sink = new FakeSink(broken[kind].conduct(running.clock));
      const queue = { maxBytes: ROOM * LINE_BYTES, whenFull: policy };
      return [name, { sink, queue, retry: { initial: 1e6, max: 1e6 } }] as const;
    }),
  );
  await running.change({
    sources: { in: source },
    pipelines: { main: { from: ['in'], to: ['good', ...sinks.keys()] } },
    sinks: { good, ...Object.fromEntries(sinks) },
  });
  for (let round = 0; round < ROUNDS; round++) {
    if (round > 0) await running.pass(1000);
    for (const line of lines.slice(round * ROUND, (round + 1) * ROUND)) source.push(line);
  }

  // The good one has every line, and nobody waited.
  expect(good.stored).toEqual(lines);
  await settle();
  expect(source.settled).toHaveLength(lines.length);
  running.expectBalance();
  for (const { kind, policy, name } of names) {
    const { kept, dropped } = modelOf(policy, broken[kind].takes);
    const account = running.ledger.sinks[name]!;
    expect([name, account.dropped]).toEqual([name, { [policy]: { lines: dropped, intentional: true } }]);
    expect([name, account.stored + account.inFlight]).toEqual([name, kept.length]);
  }

  // What waits is what the policy was to keep. Who hangs never shows it.
  for (const { sink } of sinks.values()) sink.conduct = () => {};
  await running.pass(1e6);
  for (const { kind, policy, name } of names) {
    const { kept } = modelOf(policy, broken[kind].takes);
    const { sink } = sinks.get(name)!;
    expect([name, sink.stored]).toEqual([name, kind === 'hanging' ? [] : kept]);
  }
  await running.stop(1000);
  for (const policy of policies) {
    const { kept } = modelOf(policy, 'nothing');
    expect(running.ledger.sinks[`hanging-${policy}`]!.dropped['deadline']).toEqual({
      lines: kept.length,
      intentional: false,
    });
  }
  running.expectBalance();
});
