import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { concatMap, from, map, Observable } from 'rxjs';
import { expect, test } from 'vitest';
import { Batch, toFields } from '../../../src/core/batch.ts';
import type {
  StreamOperator,
  StreamOperatorContext,
  TransformOperator,
} from '../../../src/core/component.ts';
import { Delivery } from '../../../src/core/delivery.ts';
import { OPEN_FLAGS } from '../../../src/core/file-system.ts';
import type { TrialLine, TrialResult } from '../../../src/pipeline/trial/result.ts';
import { runTrial } from '../../../src/pipeline/trial/trial.ts';
import { type PipelineSpec, type TopologySpec, topologyOf } from '../../support/topology.ts';

const nothing = () => {
  throw new Error('a trial makes no source and no sink');
};

const ends: Pick<TopologySpec, 'sources' | 'sinks'> = {
  sources: { in: { create: nothing } },
  sinks: { out: { sink: nothing }, other: { sink: nothing } },
};

/** Runs lines through the pipeline `main` of some. */
function tryOut(
  pipelines: Readonly<Record<string, PipelineSpec>>,
  lines: readonly (string | TrialLine)[],
  entry: readonly string[] = ['main'],
): Promise<TrialResult> {
  return runTrial(
    { topology: topologyOf({ ...ends, pipelines }), pipelines: entry, source: 'in', receivedAt: 12_345 },
    lines.map((line) => (typeof line === 'string' ? { content: line } : line)),
  );
}

function through(...creates: ((context: StreamOperatorContext) => ReturnType<typeof keep>)[]) {
  return { main: { from: ['in'], through: creates.map((create) => ({ create })), to: ['out'] } };
}

function keep(...words: string[]): TransformOperator {
  return { transform: (batch) => batch.select((index) => words.includes(batch.text(index))) };
}

function textsOf(result: TrialResult, sink = 'out'): string[] {
  return result.sinks.get(sink)!.map(({ bytes }) => bytes.toString());
}

/** `main.operator1: filtered 1`, for the operators that did something but pass lines on. */
function countsOf(result: TrialResult): string[] {
  return result.operators.flatMap(({ pipeline, operator, filtered, failed, dropped, merged, created }) =>
    Object.entries({ filtered, failed, merged, created, ...dropped })
      .filter(([, lines]) => lines > 0)
      .map(([what, lines]) => `${pipeline}.${operator}: ${what} ${lines}`),
  );
}

test('runs lines through the operators to the sinks, and says what became of each', async () => {
  const result = await tryOut(
    through(
      () => keep('a', 'b'),
      () => keep('b'),
    ),
    ['a', 'b', 'c'],
  );
  expect(textsOf(result)).toEqual(['b']);
  expect(countsOf(result)).toEqual(['main.operator1: filtered 1', 'main.operator2: filtered 1']);
  const stops = result.traces.map((trace) =>
    trace.map((event) => (event.kind === 'operator' ? event.operator : event.kind)),
  );
  expect(stops).toEqual([
    ['pipeline', 'operator1', 'operator2'],
    ['pipeline', 'operator1', 'operator2', 'sink'],
    ['pipeline', 'operator1'],
  ]);
  expect(result.sinks.get('out')![0]).toMatchObject({ input: 1, late: false });
});

test('lines come with source, peer, time and fields, and bytes stay bytes', async () => {
  const seen: unknown[] = [];
  const look = (): TransformOperator => ({
    transform(batch) {
      seen.push({ ...batch.origin, at: batch.receivedAt, fields: batch.fields?.[0] });
      return batch;
    },
  });
  const fields = toFields([['a', 1]]);
  const content = Buffer.from([0xff, 0, 0x0a, 0x41]);
  const result = await tryOut(through(look), [{ content, fields, peer: 'me' }, 'plain']);
  expect(seen).toEqual([
    { source: 'in', peer: 'me', at: 12_345, fields },
    { source: 'in', peer: undefined, at: 12_345, fields: undefined },
  ]);
  expect(result.sinks.get('out')![0]!.bytes.equals(content)).toBe(true);
});

test('goes on to the pipelines behind, and in at several', async () => {
  const pipelines = {
    main: { from: ['in'], to: ['out'] },
    side: { from: ['in'], through: [{ create: () => keep('b') }], to: ['other'] },
    behind: { from: ['main'], through: [{ create: () => keep('a') }], to: ['other'] },
    elsewhere: { from: ['nothing'], to: ['never'] },
  };
  const result = await tryOut(pipelines, ['a', 'b'], ['main', 'side']);
  expect(textsOf(result)).toEqual(['a', 'b']);
  expect(textsOf(result, 'other').toSorted()).toEqual(['a', 'b']);
  expect([...result.sinks.keys()]).not.toContain('never');
});

test('tells every failure with its line, whether it is thrown or counted', async () => {
  const result = await tryOut(
    through((context) => ({
      transform(batch) {
        if (batch.text(0) === 'throw') throw new Error('thrown');
        if (batch.text(0) !== 'count') return batch;
        context.failed(new Error('counted'), 1);
        return undefined;
      },
    })),
    ['throw', 'fine', 'count', 'throw'],
  );
  const errors = result.traces.map((trace) =>
    trace.flatMap((event) => (event.kind === 'operator' ? event.errors : [])),
  );
  expect(errors).toEqual([['thrown'], [], ['counted'], ['thrown']]);
  expect(countsOf(result)).toEqual(['main.operator1: failed 3']);
  expect(textsOf(result)).toEqual(['fine']);
});

test('tells policies, and lines that were made', async () => {
  const result = await tryOut(
    through((context) => ({
      transform(batch) {
        if (batch.text(0) === 'limit') {
          context.dropped('rate', 1);
          return undefined;
        }
        return [batch, batch];
      },
    })),
    ['limit', 'twice'],
  );
  expect(countsOf(result)).toEqual(['main.operator1: created 1', 'main.operator1: rate 1']);
  expect(result.traces[0]!.at(-1)).toMatchObject({ counts: { dropped: { rate: 1 } }, outputs: [] });
  expect(result.traces[1]).toMatchObject([
    { kind: 'pipeline' },
    { counts: { created: 1 } },
    { kind: 'sink' },
    { kind: 'sink' },
  ]);
});

test('an operator that holds lines gives them away at the end, known again', async () => {
  const result = await tryOut(
    { main: { from: ['in'], through: [{ create: last }, { create: () => keep('a', 'c') }], to: ['out'] } },
    ['a', 'b', 'c'],
  );
  expect(textsOf(result)).toEqual(['c', 'a']);
  expect(result.traces[0]).toMatchObject([
    { kind: 'pipeline' },
    { operator: 'operator1', held: 1, outputs: [{ late: true, input: 0 }] },
    { operator: 'operator2' },
    { kind: 'sink' },
  ]);
  expect(result.traces[1]!.at(-1)).toMatchObject({ operator: 'operator2', outputs: [] });
});

test('waits for an operator that takes its time', async () => {
  const result = await tryOut({ main: { from: ['in'], through: [{ create: slow }], to: ['out'] } }, [
    'a',
    'b',
  ]);
  expect(textsOf(result)).toEqual(['a', 'b']);
});

test('lines of an operator that makes its own batches come to the sink all the same', async () => {
  const result = await tryOut({ main: { from: ['in'], through: [{ create: anew }], to: ['out'] } }, ['a']);
  expect(textsOf(result)).toEqual(['new a']);
  expect(result.sinks.get('out')![0]!.input).toBeUndefined();
});

test('says which operator does not end', async () => {
  const never = { operate: () => new Observable<Batch>() };
  const topology = topologyOf({
    ...ends,
    pipelines: { main: { from: ['in'], through: [{ create: () => never }], to: ['out'] } },
  });
  const init = { topology, pipelines: ['main'], source: 'in', receivedAt: 0, drainTimeout: 1 };
  const result = await runTrial(init, [{ content: 'a' }]);
  expect(result.unfinished).toEqual(['main.operator1']);
  expect(result.traces[0]!.at(-1)).toMatchObject({ held: 1, outputs: [] });
});

test('time stands still, and nothing is written', async () => {
  const directory = tmpdir();
  const attempts: string[] = [];
  const result = await tryOut(
    through(({ clock, fs }) => ({
      async start() {
        const write = OPEN_FLAGS.write | OPEN_FLAGS.create;
        for (const attempt of [
          () => fs.open(`${directory}/logcaster-trial`, write),
          () => fs.mkdir(`${directory}/logcaster-trial`, { recursive: true, mode: 0o700 }),
          () => fs.unlink(`${directory}/logcaster-trial`),
          () => fs.rename(directory, `${directory}/logcaster-trial`),
        ]) {
          await attempt().catch((error: unknown) =>
            attempts.push((error as Error).message.replace(/ .*:/, ':')),
          );
        }
        const file = await fs.open('/dev/null', OPEN_FLAGS.read);
        await file.close();
      },
      transform: (batch) => batch.withFields([toFields([['at', clock.now() + clock.monotonic()]])]),
    })),
    ['a'],
  );
  expect(attempts).toEqual(
    ['open', 'mkdir', 'unlink', 'rename'].map((what) => `${what}: a trial writes nothing`),
  );
  expect(result.sinks.get('out')![0]!.fields).toEqual(toFields([['at', 12_345]]));
  expect((await readdir(directory)).filter((name) => name === 'logcaster-trial')).toEqual([]);
});

test('disposes of all operators, also when one cannot be started', async () => {
  const disposed: string[] = [];
  const closing = (name: string, start?: () => void): TransformOperator => ({
    ...(start && { start }),
    transform: (batch) => batch,
    async [Symbol.asyncDispose]() {
      disposed.push(name);
    },
  });
  await tryOut(
    through(() => closing('good')),
    ['a'],
  );
  expect(disposed.splice(0)).toEqual(['good']);
  const failing = through(
    () => closing('first'),
    () =>
      closing('second', () => {
        throw new Error('cannot start');
      }),
  );
  await expect(tryOut(failing, ['a'])).rejects.toThrow('cannot start');
  expect(disposed).toEqual(['first', 'second']);
});

/** Gives lines away at the end, the last one first. */
function last(): StreamOperator {
  return {
    operate: (batches$: Observable<Batch>) =>
      new Observable<Batch>((subscriber) => {
        const held: Batch[] = [];
        return batches$.subscribe({
          next: (batch) => void held.push(batch),
          complete: () => {
            for (const batch of held.toReversed()) subscriber.next(batch);
            subscriber.complete();
          },
        });
      }),
  };
}

/** Takes its time for each line. */
function slow(): StreamOperator {
  return {
    operate: (batches$: Observable<Batch>) =>
      batches$.pipe(
        concatMap((batch) => from(new Promise<Batch>((resolve) => setImmediate(resolve, batch)))),
      ),
  };
}

/** Makes batches of its own. */
function anew(): StreamOperator {
  return {
    operate: (batches$: Observable<Batch>) =>
      batches$.pipe(
        map((batch) => {
          batch.delivery.release();
          const init = { origin: { source: 'mine' }, receivedAt: 0, delivery: Delivery.ignored };
          return Batch.fromTexts([`new ${batch.text(0)}`], init);
        }),
      ),
  };
}
