/**
 * The bench on which a component is put: a runtime around it, a source that is pushed by hand, a sink that keeps what it
 * gets, and a file system that can be made to fail.
 */
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { Subject } from 'rxjs';
import { type Batch, joinLines } from '../core/batch.ts';
import { systemClock } from '../core/clock.ts';
import {
  defineSink,
  defineSource,
  type OperatorDefinition,
  type OptionsSchema,
  type SinkDefinition,
  type SourceContext,
  type SourceDefinition,
} from '../core/component.ts';
import type { Logger } from '../core/logger.ts';
import { Runtime } from '../pipeline/runtime.ts';
import {
  DEFAULT_CREDIT,
  DEFAULT_QUEUE,
  type OperatorNode,
  type RetrySettings,
  type SinkNode,
  type SourceNode,
} from '../pipeline/topology.ts';
import { FailingFileSystem } from './failing-file-system.ts';
import { checkOptions } from './options.ts';

/** Nothing that should happen takes longer than this, in ms. */
const PATIENCE = 20_000;

const QUICK: RetrySettings = { initial: 1, max: 20, maxAttempts: Number.POSITIVE_INFINITY };

const anything: OptionsSchema = {
  '~standard': {
    version: 1,
    vendor: 'logcaster',
    validate: (value) => ({ value }),
    jsonSchema: { input: () => ({}) },
  },
};

/** A log that keeps what it is told. */
export class KeptLog implements Logger {
  readonly entries: { readonly level: string; readonly message: string }[] = [];
  readonly debug = this.#keep('debug');
  readonly info = this.#keep('info');
  readonly warn = this.#keep('warn');
  readonly error = this.#keep('error');

  #keep(level: string): Logger['info'] {
    return (_, message) => void this.entries.push({ level, message });
  }
}

/** A runtime with at most one component under test; what is missing is pushed and kept by the bench. */
export class Bench {
  readonly log = new KeptLog();
  readonly fs = new FailingFileSystem();
  readonly runtime = new Runtime({ clock: systemClock, fs: this.fs, log: this.log });
  /** What reached the bench's own sink, one entry a batch. */
  readonly kept: Batch[] = [];
  /** How often the bench's own sink has settled deliveries. */
  settled = 0;
  lost = 0;
  pushed = 0;
  readonly #batches$ = new Subject<Batch>();
  #context: SourceContext | undefined;
  /** While true the bench's own sink takes nothing. */
  #holding: Promise<void> | undefined;
  #letGo: () => void = () => {};

  async sink(definition: SinkDefinition, options: unknown): Promise<void> {
    await this.#start({ sink: await this.#sinkNode(definition, options) });
  }

  async operator(definition: OperatorDefinition, options: unknown): Promise<void> {
    const node = {
      name: definition.type,
      definition,
      options: await checkOptions(definition, options),
      key: '',
    };
    await this.#start({ operator: node });
  }

  async source(definition: SourceDefinition, options: unknown, credit = DEFAULT_CREDIT): Promise<void> {
    await this.#start({
      source: { definition, options: await checkOptions(definition, options), credit, key: '' },
    });
  }

  /** Sends lines to the sink or the operator under test, as one batch. */
  async push(lines: readonly Uint8Array[]): Promise<void> {
    const context = this.#context!;
    const joined = joinLines(lines);
    this.pushed++;
    for (;;) {
      const batch = context.admit(joined, {
        peer: 'bench',
        onSettled: (stored) => {
          this.settled++;
          if (!stored) this.lost++;
        },
      });
      if (batch) return this.#batches$.next(batch);
      await new Promise<void>((resolve) => {
        const stop = context.credit.onAvailable(() => {
          stop();
          resolve();
        });
      });
    }
  }

  /** Ends the bench's own source: what operators hold comes out. */
  complete(): void {
    this.#batches$.complete();
  }

  /** Makes the bench's own sink wait, until `release`. */
  hold(): void {
    ({ promise: this.#holding, resolve: this.#letGo } = Promise.withResolvers<void>());
  }

  release(): void {
    this.#letGo();
    this.#holding = undefined;
  }

  /** The lines that reached the bench's own sink. */
  keptLines(): Buffer[] {
    return this.kept.flatMap((batch) =>
      Array.from({ length: batch.length }, (_, index) => batch.line(index)),
    );
  }

  /** The account of the component under test, and of everything, must add up. */
  balance(): void {
    const ledger = this.runtime.ledger.toJSON();
    assert.equal(ledger.unaccounted, 0, `the ledger does not add up: ${JSON.stringify(ledger)}`);
  }

  /** Waits until `condition` holds. */
  async until(condition: () => boolean, what: string): Promise<void> {
    const begin = systemClock.monotonic();
    while (!condition()) {
      if (systemClock.monotonic() - begin > PATIENCE) {
        assert.fail(
          `${what}: not within ${PATIENCE / 1000} s; the log: ${JSON.stringify(this.log.entries.slice(-5))}`,
        );
      }
      await new Promise<void>((resolve) => void systemClock.after(2, resolve));
    }
  }

  async stop(deadline = PATIENCE): Promise<number> {
    this.release();
    return this.runtime.stop(deadline);
  }

  async #sinkNode(definition: SinkDefinition, options: unknown): Promise<SinkNode> {
    return {
      definition,
      options: await checkOptions(definition, options),
      queue: DEFAULT_QUEUE,
      retry: QUICK,
      key: '',
    };
  }

  async #start(parts: {
    readonly source?: SourceNode;
    readonly operator?: OperatorNode;
    readonly sink?: SinkNode;
  }): Promise<void> {
    const source = parts.source ?? {
      definition: this.#ownSource(),
      options: {},
      credit: DEFAULT_CREDIT,
      key: '',
    };
    const sink = parts.sink ?? {
      definition: this.#ownSink(),
      options: {},
      queue: DEFAULT_QUEUE,
      retry: QUICK,
      key: '',
    };
    await this.runtime.change({
      sources: new Map([['source', source]]),
      pipelines: new Map([
        ['main', { from: ['source'], through: parts.operator ? [parts.operator] : [], to: ['sink'] }],
      ]),
      sinks: new Map([['sink', sink]]),
    });
  }

  #ownSource(): SourceDefinition {
    return defineSource({
      type: 'bench',
      summary: 'Is pushed by the bench.',
      options: anything,
      examples: [],
      create: (_, context) => {
        this.#context = context;
        return { batches$: this.#batches$, stop: () => this.#batches$.complete() };
      },
    });
  }

  #ownSink(): SinkDefinition {
    return defineSink({
      type: 'bench',
      summary: 'Keeps what it gets for the bench.',
      options: anything,
      examples: [],
      create: () => ({
        write: (batch) => {
          this.kept.push(batch);
          return this.#holding;
        },
      }),
    });
  }
}

/** Runs `work` and checks that it left no socket, file, timer or process behind. */
export async function leavingNothing(work: () => Promise<void>): Promise<void> {
  const before = countResources();
  await work();
  // Handles close in the turns of the loop that follow.
  const begin = systemClock.monotonic();
  for (;;) {
    const left = [...countResources()].filter(([kind, count]) => count > (before.get(kind) ?? 0));
    if (left.length === 0) return;
    if (systemClock.monotonic() - begin > PATIENCE / 4) {
      assert.fail(
        `left open: ${left.map(([kind, count]) => `${count - (before.get(kind) ?? 0)} ${kind}`).join(', ')}`,
      );
    }
    await new Promise<void>((resolve) => void systemClock.after(5, resolve));
  }
}

function countResources(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) {
    // The bench's own waiting, and the workers of the test runner.
    if (kind === 'Timeout' || kind === 'Immediate' || kind === 'MessagePort') continue;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}

/** Bytes of all kinds: empty lines, NUL, lone carriage returns, invalid UTF-8, escape sequences, long lines. */
export function difficultLines(): Buffer[] {
  return [
    Buffer.from('a plain line'),
    Buffer.alloc(0),
    Buffer.from('Grüße, 日本語, 😀'),
    Buffer.from([0, 1, 2, 0]),
    Buffer.from([0xff, 0xfe, 0xc3, 0x28]),
    Buffer.from('\r\rcarriage\r'),
    Buffer.from('\u001b[31mred\u001b[0m \u2028 __proto__ {"a":1}'),
    Buffer.alloc(70_000, 'long '),
    Buffer.from('the last one'),
  ];
}
