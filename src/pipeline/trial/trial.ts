/**
 * Runs lines through pipelines for real, with sinks that only take note: no port is opened and no file made. What happens to
 * each line is told operator by operator. `logcaster test` and `logcaster explain` are made of it.
 *
 * Each line goes in as a batch of its own, with an origin object of its own, which operators pass on: by that it is known
 * again, also when it comes out later. Time stands still, at the time that the trial is given.
 */
import { Batch, type Origin } from '../../core/batch.ts';
import { fedBy, inFlowOrder, type Topology } from '../topology.ts';
import type { TrialEvent, TrialLine, TrialOutput, TrialResult } from './result.ts';
import { type OpenEvent, TrialStep } from './step.ts';

/** What is tried out. */
export interface TrialInit {
  readonly topology: Topology;
  /** The pipelines that get the lines. */
  readonly pipelines: readonly string[];
  /** The name of the source that the lines come from. */
  readonly source: string;
  /** When they were received, in ms since the epoch. */
  readonly receivedAt: number;
  /** How long an operator may take to give away what it holds, in ms. @defaultValue 10 s */
  readonly drainTimeout?: number;
}

const DRAIN_TIMEOUT = 10_000;

/**
 * Runs lines through pipelines and those behind them.
 *
 * @throws what an operator throws when it is made or started
 */
export async function runTrial(init: TrialInit, lines: readonly TrialLine[]): Promise<TrialResult> {
  const trial = new Trial(init);
  await trial.start();
  for (const line of lines) trial.feed(line);
  await trial.drain();
  return trial.result();
}

interface Way {
  readonly steps: readonly TrialStep[];
  readonly to: readonly string[];
  /** The pipelines behind this one. */
  readonly feeds: readonly string[];
}

class Trial {
  readonly #init: TrialInit;
  /** The pipelines that lines can come to, in the order of the flow. */
  readonly #ways = new Map<string, Way>();
  readonly #sinks = new Map<string, TrialOutput[]>();
  readonly #traces: TrialEvent[][] = [];
  readonly #inputs = new Map<Origin, number>();
  readonly #unfinished: string[] = [];

  constructor(init: TrialInit) {
    this.#init = init;
    const { topology, pipelines } = init;
    const reached = new Set<string>(pipelines);
    for (const name of inFlowOrder(topology.pipelines)) {
      const { from, through, to } = topology.pipelines.get(name)!;
      if (!reached.has(name) && !from.some((each) => reached.has(each))) continue;
      reached.add(name);
      const now = (): number => init.receivedAt;
      const steps: TrialStep[] = through.map(
        (node, index) =>
          new TrialStep(name, node, index, now, (batch, current) =>
            this.#onOutput(name, index, batch, current),
          ),
      );
      this.#ways.set(name, { steps, to, feeds: fedBy(topology.pipelines, name) });
      for (const sink of to) if (!this.#sinks.has(sink)) this.#sinks.set(sink, []);
    }
  }

  async start(): Promise<void> {
    try {
      for (const step of this.#steps()) await step.start();
    } catch (error) {
      for (const step of this.#steps()) await step.dispose();
      throw error;
    }
  }

  feed({ content, fields, peer }: TrialLine): void {
    const { source, receivedAt, pipelines } = this.#init;
    const origin: Origin = { source, peer };
    this.#inputs.set(origin, this.#traces.length);
    this.#traces.push([]);
    const batch = Batch.fromTexts([content], { origin, receivedAt, fields: fields && [fields] });
    for (const name of pipelines) this.#enter(name, batch);
  }

  /** In the order of the flow: what a pipeline gives away goes through those behind it. */
  async drain(): Promise<void> {
    const timeout = this.#init.drainTimeout ?? DRAIN_TIMEOUT;
    for (const step of this.#steps()) {
      if (!(await step.drain(timeout))) this.#unfinished.push(`${step.pipeline}.${step.name}`);
    }
  }

  result(): TrialResult {
    return {
      traces: this.#traces,
      sinks: this.#sinks,
      operators: this.#steps().map((step) => step.totals()),
      unfinished: this.#unfinished,
    };
  }

  #steps(): TrialStep[] {
    return [...this.#ways.values()].flatMap(({ steps }) => steps);
  }

  #enter(pipeline: string, batch: Batch): void {
    this.#trace(batch)?.push({ kind: 'pipeline', pipeline });
    this.#next(pipeline, 0, batch);
  }

  /** Hands a batch to an operator of a pipeline, or to what is behind the last of them. */
  #next(pipeline: string, index: number, batch: Batch): void {
    const { steps, to, feeds } = this.#ways.get(pipeline)!;
    const step = steps[index];
    if (step) {
      return step.next(batch, this.#outputs(batch, false), (event) => this.#trace(batch)?.push(event));
    }
    for (const sink of to) {
      for (const output of this.#outputs(batch, false)) {
        this.#sinks.get(sink)!.push(output);
        this.#trace(batch)?.push({ kind: 'sink', pipeline, sink, output });
      }
    }
    for (const name of feeds) this.#enter(name, batch);
  }

  #onOutput(pipeline: string, index: number, batch: Batch, current: OpenEvent | undefined): void {
    const trace = this.#trace(batch);
    // What an operator held comes out while it has another line, or none: it belongs to the line it was.
    const own = trace?.findLast(
      (event): event is OpenEvent =>
        event.kind === 'operator' && event.pipeline === pipeline && event.index === index,
    );
    const event = own ?? current;
    event?.outputs.push(...this.#outputs(batch, event !== current));
    this.#next(pipeline, index + 1, batch);
  }

  #outputs(batch: Batch, late: boolean): TrialOutput[] {
    const input = this.#inputs.get(batch.origin);
    return Array.from({ length: batch.length }, (_, index) => ({
      bytes: batch.line(index),
      fields: batch.fields?.[index],
      input,
      late,
    }));
  }

  #trace(batch: Batch): TrialEvent[] | undefined {
    const input = this.#inputs.get(batch.origin);
    return input === undefined ? undefined : this.#traces[input];
  }
}
