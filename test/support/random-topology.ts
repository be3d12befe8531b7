/**
 * Random topologies of components with random conduct, and a world that remembers what they really did. It is the judge:
 * it looks at what fake sinks stored and what fake sources were told, and only then at the ledger.
 *
 * Lines read `source:sequence`; each pipeline puts `/pipeline` behind, so that a line tells the way it took.
 */
import { map, Observable, take } from 'rxjs';
import { expect } from 'vitest';
import { type Batch, joinLines } from '../../src/core/batch.ts';
import { RejectedError, RetryableError } from '../../src/core/errors.ts';
import type { BreakerSettings } from '../../src/pipeline/topology.ts';
import { type Conduct, FakeSink, hang } from './fake-sink.ts';
import { FakeSource } from './fake-source.ts';
import { inPairs } from './operators.ts';
import { fc } from './properties.ts';
import { Running } from './running.ts';
import type { OperatorSpec, PipelineSpec, SinkSpec, SourceSpec, TopologySpec } from './topology.ts';
import { settle } from './turns.ts';

const OPERATORS = [
  'pass',
  'filter',
  'split',
  'double',
  'throw',
  'stream',
  'merge',
  'fail',
  'take',
  'keep',
] as const;
const CONDUCTS = [
  'good',
  'later',
  'slow',
  'busy',
  'partial',
  'picky',
  'broken',
  'refusing',
  'hanging',
] as const;

type OperatorKind = (typeof OPERATORS)[number];
type ConductKind = (typeof CONDUCTS)[number];

interface RandomSource {
  readonly credit: number;
  readonly claims: boolean;
  readonly startFails: boolean;
}

interface RandomPipeline {
  readonly from: readonly number[];
  readonly through: readonly OperatorKind[];
  readonly to: readonly number[];
}

interface RandomSink {
  readonly conduct: ConductKind;
  readonly grouped: boolean;
  readonly maxBytes: number;
  readonly whenFull: 'block' | 'dropNewest' | 'dropOldest';
  readonly maxAttempts: number;
  readonly breaker: BreakerSettings | undefined;
  /** How many sinks further on the one for dead letters is. */
  readonly deadLetter: number | undefined;
  readonly claims: boolean;
  readonly startFails: boolean;
}

export interface RandomTopology {
  readonly sources: readonly RandomSource[];
  readonly pipelines: readonly RandomPipeline[];
  readonly sinks: readonly RandomSink[];
}

const seldom = fc.nat({ max: 11 }).map((number) => number === 0);

/** Up to three of everything. Numbers in `from` and `to` are taken modulo what there is. */
export const randomTopology: fc.Arbitrary<RandomTopology> = fc.record({
  sources: fc.array(
    fc.record({ credit: fc.constantFrom(600, 2000, 100_000), claims: fc.boolean(), startFails: seldom }),
    { minLength: 1, maxLength: 3 },
  ),
  pipelines: fc.array(
    fc.record({
      from: fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 3 }),
      through: fc.array(fc.constantFrom(...OPERATORS), { maxLength: 2 }),
      to: fc.array(fc.nat({ max: 2 }), { maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  sinks: fc.array(
    fc.record({
      conduct: fc.constantFrom(...CONDUCTS),
      grouped: fc.boolean(),
      maxBytes: fc.constantFrom(1, 40, 200, 100_000),
      whenFull: fc.constantFrom('block' as const, 'dropNewest' as const, 'dropOldest' as const),
      maxAttempts: fc.constantFrom(1, 3, Number.POSITIVE_INFINITY),
      breaker: fc.constantFrom(
        undefined,
        { failures: 1, pause: 30, maxPause: 200 },
        { failures: 3, pause: 30, maxPause: 60 },
      ),
      deadLetter: fc.constantFrom(undefined, 1, 2),
      claims: fc.boolean(),
      startFails: seldom,
    }),
    { minLength: 1, maxLength: 3 },
  ),
});

/** A runtime in which random topologies run. */
export class World {
  readonly running = new Running();
  readonly sources: { readonly name: string; readonly source: FakeSource }[] = [];
  readonly sinks: { readonly name: string; readonly sink: FakeSink }[] = [];
  #specs = 0;
  readonly #sequences = new Map<string, number>();
  /** What has been claimed, and may be claimed once at a time. */
  readonly #claimed = new Set<string>();

  /** Emits `count` lines in one batch, if a source of this number runs. */
  push(number: number, count: number): void {
    const name = `s${number}`;
    const running = this.sources.findLast((each) => each.name === name && each.source.isRunning);
    if (!running) return;
    const from = this.#sequences.get(name) ?? 0;
    this.#sequences.set(name, from + count);
    running.source.push(...Array.from({ length: count }, (_, index) => `${name}:${from + index}`));
  }

  toSpec({ sources, pipelines, sinks }: RandomTopology): TopologySpec {
    this.#specs++;
    return {
      sources: toRecord(sources, 's', (source, name) => this.#toSource(name, source)),
      pipelines: toRecord(pipelines, 'p', (pipeline, name, index): PipelineSpec => {
        // Only from sources, and from pipelines before it: no cycles.
        const from = pipeline.from.map((number) => {
          const place = number % (sources.length + index);
          return place < sources.length ? `s${place}` : `p${place - sources.length}`;
        });
        return {
          from: [...new Set(from)],
          through: [tag(name), ...pipeline.through.map(toOperator)],
          to: [...new Set(pipeline.to.map((number) => `k${number % sinks.length}`))],
        };
      }),
      sinks: toRecord(sinks, 'k', (sink, name, index) => {
        // Only to sinks behind it: no cycles.
        const target = index + (sink.deadLetter ?? sinks.length);
        return { ...this.#toSink(name, sink), deadLetter: target < sinks.length ? `k${target}` : undefined };
      }),
    };
  }

  /** Expects that every line is in exactly one account, now. */
  expectBalance(): void {
    expect(this.running.runtime.ledger.unaccounted).toBe(0);
  }

  /** Expects what has to be true when all has come to rest. */
  async expectEnd(): Promise<void> {
    await settle();
    // The timers of fake sinks that were slower than the deadline.
    this.running.clock.advance(1000);
    await settle();
    const { sources, pipelines, sinks } = this.running.ledger;
    this.expectBalance();
    for (const account of [...Object.values(sources), ...Object.values(pipelines), ...Object.values(sinks)]) {
      expect(account.inFlight).toBe(0);
      expect(account.unaccounted).toBe(0);
    }
    for (const { source } of this.sources) {
      // All credit is back, and each batch was settled once.
      expect(source.context.credit).toMatchObject({ taken: 0, closed: false });
      expect(source.settled).toHaveLength(source.emitted);
    }
    for (const [name, { stored, dropped }] of Object.entries(sinks)) {
      const really = this.sinks
        .filter((each) => each.name === name)
        .reduce((sum, { sink }) => sum + sink.stored.length, 0);
      // What was given up in the middle of a write may have been stored all the same.
      const givenUp = (dropped['deadline']?.lines ?? 0) + (dropped['abandoned']?.lines ?? 0);
      expect(really).toBeGreaterThanOrEqual(stored);
      expect(really).toBeLessThanOrEqual(stored + givenUp);
    }
    for (const { sink } of this.sinks) {
      expect(sink.parallel).toBeLessThanOrEqual(1);
      expectOrder(sink.stored, this.#specs === 1);
    }
    expect(this.running.clock.timers).toBe(0);
  }

  #toSource(name: string, source: RandomSource): SourceSpec {
    return {
      key: JSON.stringify(source),
      credit: source.credit,
      claims: source.claims ? [`port ${name}`] : [],
      create: (context) => {
        const made = new FakeSource();
        made.onStart = () => this.#start(made, source, `port ${name}`);
        made.onDispose = () => this.#release(made);
        this.sources.push({ name, source: made });
        return made.create(context);
      },
    };
  }

  #toSink(name: string, settings: RandomSink): SinkSpec {
    const { conduct, grouped, maxBytes, whenFull, maxAttempts, breaker, claims, startFails } = settings;
    return {
      key: JSON.stringify({ conduct, grouped, claims, startFails }),
      claims: claims ? [`directory ${name}`] : [],
      queue: { maxBytes, whenFull },
      retry: { initial: 10, max: 50, maxAttempts, writeTimeout: 200 },
      breaker,
      sink: () => {
        const made = new FakeSink(this.#toConduct(conduct));
        if (grouped) made.grouped(60);
        made.onStart = () => this.#start(made, settings, `directory ${name}`);
        made.onDispose = () => this.#release(made);
        this.sinks.push({ name, sink: made });
        return made;
      },
    };
  }

  readonly #owners = new Map<object, string>();

  #start(
    owner: object,
    { claims, startFails }: { claims: boolean; startFails: boolean },
    claim: string,
  ): void {
    if (startFails) throw new Error('cannot start');
    if (!claims) return;
    if (this.#claimed.has(claim)) throw new Error(`${claim} is taken, and should not be`);
    this.#claimed.add(claim);
    this.#owners.set(owner, claim);
  }

  #release(owner: object): void {
    const claim = this.#owners.get(owner);
    if (claim !== undefined) this.#claimed.delete(claim);
    this.#owners.delete(owner);
  }

  #toConduct(kind: ConductKind): Conduct {
    const { clock } = this.running;
    const later = (ms: number): Promise<void> => new Promise((resolve) => void clock.after(ms, resolve));
    switch (kind) {
      case 'later':
        return () => Promise.resolve();
      case 'slow':
        return (_, attempt) => later((attempt % 4) * 30);
      case 'busy':
        return (_, attempt) => {
          if (attempt % 3 !== 0) throw new RetryableError('busy');
        };
      case 'partial':
        return async (lines, attempt) => {
          if (attempt % 2 === 1) throw new RetryableError('full', { stored: Math.floor(lines.length / 2) });
        };
      case 'picky':
        return (lines) => ({
          rejected: lines.flatMap((line, index) => (line.includes('3') ? [{ index, reason: 'three' }] : [])),
        });
      case 'broken':
        return (_, attempt) => {
          if (attempt % 2 === 0) throw new TypeError('no such thing');
        };
      case 'refusing':
        return () => Promise.reject(new RejectedError('unwanted'));
      case 'hanging':
        return hang;
      default:
        return () => {};
    }
  }
}

/**
 * Expects that the lines of each source that came the same way are in order. A line may come twice, next to itself. Dead letters
 * come from a sink that is taken out and from the one in its place alike: only if there was but one are they in order.
 */
function expectOrder(lines: readonly string[], withDeadLetters: boolean): void {
  const last = new Map<string, { readonly sequence: number; readonly line: string }>();
  for (const stored of lines) {
    if (stored.startsWith('{') && !withDeadLetters) continue;
    const { line, sinks } = unwrap(stored);
    for (const part of line.split('+')) {
      const [, source, digits, way] = /^(s\d):(\d+)(.*)$/.exec(part) ?? [];
      const path = `${source}${way}${sinks}`;
      const before = last.get(path);
      const sequence = Number(digits);
      if (before && before.line !== line) expect(sequence).toBeGreaterThanOrEqual(before.sequence);
      last.set(path, { sequence, line });
    }
  }
}

/** The line in a dead letter, and the sinks that rejected it. */
function unwrap(stored: string): { readonly line: string; readonly sinks: string } {
  let line = stored;
  let sinks = '';
  while (line.startsWith('{')) {
    const letter = JSON.parse(line) as { readonly sink: string; readonly line: string };
    sinks += ` ${letter.sink}`;
    line = letter.line;
  }
  return { line, sinks };
}

function mapTexts(batch: Batch, change: (text: string) => string): Batch {
  const texts = batch.texts().map((text) => text.split('+').map(change).join('+'));
  return batch.withLines(joinLines(texts));
}

function tag(pipeline: string): OperatorSpec {
  return {
    name: 'tag',
    key: 'tag',
    create: () => ({ transform: (batch) => mapTexts(batch, (text) => `${text}/${pipeline}`) }),
  };
}

function isOdd(batch: Batch, index: number): boolean {
  return /[13579]\//.test(batch.text(index));
}

function toOperator(kind: OperatorKind, index: number): OperatorSpec {
  return { name: `${kind}${index}`, key: kind, create: (context) => makeOperator(kind, context) };
}

function makeOperator(
  kind: OperatorKind,
  context: Parameters<OperatorSpec['create']>[0],
): ReturnType<OperatorSpec['create']> {
  switch (kind) {
    case 'filter':
      return { transform: (batch) => batch.select((index) => isOdd(batch, index)) };
    case 'split':
      return { transform: (batch) => batch.texts().map((_, index) => batch.slice(index, index + 1)) };
    case 'double':
      return {
        transform: (batch) => batch.withLines(joinLines(batch.texts().flatMap((text) => [text, text]))),
      };
    case 'throw':
      return {
        transform: (batch) => {
          context.dropped('sample', 1);
          if (batch.text(0).includes('4')) throw new Error('does not like it');
          return batch.slice(1);
        },
      };
    case 'stream':
      return { operate: (batches$) => batches$.pipe(map((batch) => batch)) };
    case 'merge':
      return inPairs(context);
    case 'fail':
      return {
        operate: (batches$) =>
          new Observable((subscriber) =>
            batches$.subscribe({
              next: (batch) => {
                if (batch.text(0).includes('2')) throw new Error('does not like it');
                subscriber.next(batch);
              },
              complete: () => subscriber.complete(),
            }),
          ),
      };
    case 'take':
      return { operate: (batches$) => batches$.pipe(take(5)) };
    case 'keep':
      return { operate: (batches$) => new Observable(() => batches$.subscribe(() => {})) };
    default:
      return { transform: (batch) => batch };
  }
}

function toRecord<A, B>(
  items: readonly A[],
  prefix: string,
  toValue: (item: A, name: string, index: number) => B,
): Record<string, B> {
  return Object.fromEntries(
    items.map((item, index) => [`${prefix}${index}`, toValue(item, `${prefix}${index}`, index)]),
  );
}
