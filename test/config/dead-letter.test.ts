/** `deadLetter` and `breaker` of sinks. */
import { expect, test } from 'vitest';
import { load, problemsOf } from './support.ts';

/** A configuration with these keys of the sinks `x`, `y` and `z`; only `x` is in a pipeline. */
function withSinks(x: string, y = '', z = ''): string {
  return `sources:
  a: { type: listen, port: 1001 }
pipelines:
  m: { from: a, to: x }
sinks:
  x: { type: memory${x} }
  y: { type: memory${y} }
  z: { type: memory${z} }
`;
}

test('sinks that get dead letters are in use, also by way of others', async () => {
  const { topology, diagnostics } = await load(withSinks(', deadLetter: y', ', deadLetter: z'));
  expect(diagnostics).toEqual([]);
  expect([...topology!.sinks].map(([name, { deadLetter }]) => [name, deadLetter])).toEqual([
    ['x', 'y'],
    ['y', 'z'],
    ['z', undefined],
  ]);
});

test('a sink of which only one gets dead letters that is not in use is not in use', async () => {
  const { topology, diagnostics } = await load(withSinks('', ', deadLetter: z'));
  expect(diagnostics.map(({ code, path }) => [code, path])).toEqual([
    ['LC_CONFIG_UNUSED', 'sinks.y'],
    ['LC_CONFIG_UNUSED', 'sinks.z'],
  ]);
  expect([...topology!.sinks.keys()]).toEqual(['x']);
});

test.each([
  ['one that is not there', withSinks(', deadLetter: yy', '', ', deadLetter: nowhere')],
  ['the sink itself', withSinks(', deadLetter: x')],
  ['a circle', withSinks(', deadLetter: y', ', deadLetter: z', ', deadLetter: y')],
  ['a pipeline', withSinks(', deadLetter: m')],
  ['something else', withSinks(', deadLetter: { sink: y }', ', deadLetter: ""', ', deadLetter: 7')],
])('is refused for %s', async (_, text) => {
  expect(await problemsOf(text)).toMatchSnapshot();
});

test('a breaker has defaults, and none is none', async () => {
  const { topology } = await load(
    withSinks(', breaker: {}, deadLetter: y', ', breaker: { failures: 1, pause: 1m }'),
  );
  expect(topology!.sinks.get('x')!.breaker).toEqual({ failures: 5, pause: 30_000, maxPause: 600_000 });
  expect(topology!.sinks.get('y')!.breaker).toEqual({ failures: 1, pause: 60_000, maxPause: 600_000 });
  expect(topology!.sinks.get('y')!.retry.writeTimeout).toBe(30_000);
  const plain = await load(withSinks(''));
  expect(plain.topology!.sinks.get('x')!.breaker).toBeUndefined();
});

test('what a breaker does not take', async () => {
  expect(
    await problemsOf(
      withSinks(
        ', breaker: { failures: 0, pause: 30s, maxPause: 1s, reset: 3 }',
        ', breaker: true',
        ', breaker: { pause: 1m, maxPause: 1s }, retry: { writeTimeout: 1ms }',
      ),
    ),
  ).toMatchSnapshot();
});

test('neither changes what the sink is: a reload lets it run', async () => {
  const keys = await Promise.all(
    ['', ', breaker: {}', ', deadLetter: y'].map(
      async (more) => (await load(withSinks(more))).topology!.sinks.get('x')!.key,
    ),
  );
  expect(new Set(keys).size).toBe(1);
});
