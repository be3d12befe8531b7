/** What a configuration says of a spill. */
import { expect, test } from 'vitest';
import { planChange } from '../../src/pipeline/change/change-plan.ts';
import { around, load, problemsOf } from './support.ts';

function sink(directory: string): string {
  return `{ type: memory, queue: { whenFull: spill, spill: { directory: ${directory} } } }`;
}

async function queueOf(queue: string) {
  const { topology } = await load(around({ sink: `{ type: memory, queue: ${queue} }` }));
  return topology!.sinks.get('out')!;
}

test('a spill has defaults for everything', async () => {
  expect((await queueOf('{ whenFull: spill }')).queue).toEqual({
    maxBytes: 16 * 2 ** 20,
    whenFull: 'spill',
    spill: {
      directory: './spill/out',
      maxBytes: 2 ** 30,
      whenFull: 'block',
      durability: 'interval',
      syncInterval: 500,
      fileMode: 0o640,
      directoryMode: 0o750,
    },
  });
});

test('without `whenFull: spill` it is an error', async () => {
  const bad = '{ type: memory, queue: { spill: { directory: ./x } } }';
  expect(await problemsOf(around({ sink: bad }))).toContain('`spill` needs `whenFull: spill`');
});

test.each([
  ['{ whenFull: spill, spill: { maxBytes: 0 } }', 'maxBytes'],
  ['{ whenFull: spill, spill: { whenFull: spill } }', 'whenFull'],
  ['{ whenFull: spill, spill: { dir: x } }', 'dir'],
  ['{ whenFull: spill, spill: { directory: "" } }', 'directory'],
])('%s is an error', async (queue, name) => {
  expect(await problemsOf(around({ sink: `{ type: memory, queue: ${queue} }` }))).toContain(`\`${name}\``);
});

test.each([
  ['./a', './a'],
  ['./a', './b/../a/'],
])('two spills cannot have one directory: %s and %s', async (first, second) => {
  const text = `
sources: { in: { type: listen } }
pipelines: { main: { from: in, to: [one, two] } }
sinks: { one: ${sink(first)}, two: ${sink(second)} }`;
  expect(await problemsOf(text)).toMatch(
    /the spill of sink `one` and the spill of sink `two` need the same: directory .*LC_CONFIG_CONFLICT/,
  );
});

test('a sink with other settings of its spill goes on; with another directory, or without a spill, it is another one', async () => {
  const { key } = await queueOf('{ whenFull: spill }');
  expect(
    (await queueOf('{ whenFull: spill, maxBytes: 1, spill: { maxBytes: 5, whenFull: dropOldest } }')).key,
  ).toBe(key);
  expect((await queueOf('{ whenFull: spill, spill: { directory: ./x } }')).key).not.toBe(key);
  expect((await queueOf('{ whenFull: block }')).key).not.toBe(key);
});

test('a directory that passes from one sink to another is contested', async () => {
  const before = await load(around({ sink: '{ type: memory, maxLines: 1, queue: { whenFull: spill } }' }));
  const next = await load(around({ sink: '{ type: memory, maxLines: 2, queue: { whenFull: spill } }' }));
  const plan = planChange(before.topology!, next.topology!);
  expect([...plan.exchangedSinks]).toEqual(['out']);
  expect([...plan.sinks.late.keys()]).toEqual(['out']);
});
