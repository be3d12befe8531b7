/**
 * One operator in a trial. It runs for real, in a chain of its own with an account of its own, so that what it does with a
 * single line can be told.
 */
import type { Batch } from '../../core/batch.ts';
import { systemClock } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';
import { PipelineAccount, type Tally } from '../../core/ledger.ts';
import { type LogData, silentLogger } from '../../core/logger.ts';
import { within } from '../containment/within.ts';
import { OperatorChain } from '../operator/operator-chain.ts';
import type { OperatorNode } from '../topology.ts';
import type { OperatorEvent, OperatorTotals, TrialCounts, TrialOutput } from './result.ts';
import { hastyClock, readOnlyFileSystem, stillClock } from './seams.ts';

/** How long an operator may take to be disposed of, in ms. */
const DISPOSE_TIMEOUT = 5000;

/** An event that is still going on. */
export interface OpenEvent extends OperatorEvent {
  readonly outputs: TrialOutput[];
  counts: TrialCounts;
  held: number;
  readonly errors: string[];
}

const NOTHING: TrialCounts = { filtered: 0, failed: 0, dropped: {}, merged: 0, created: 0 };

export class TrialStep {
  readonly pipeline: string;
  readonly name: string;
  readonly index: number;
  readonly #account = new PipelineAccount();
  readonly #chain: OperatorChain;
  readonly #errors: string[] = [];
  readonly #ended: Promise<void>;
  #explain: (batch: Batch) => readonly string[] = () => [];
  /** The line that it works on. */
  #current: OpenEvent | undefined;

  /** @param onOutput - Gets what leaves the operator, and the event in which that happens. */
  constructor(
    pipeline: string,
    node: OperatorNode,
    index: number,
    now: () => number,
    onOutput: (batch: Batch, current: OpenEvent | undefined) => void,
  ) {
    this.pipeline = pipeline;
    this.name = node.name;
    this.index = index;
    const { definition } = node;
    const clock = stillClock(now);
    const operators: OperatorNode[] = [
      {
        ...node,
        definition: {
          ...definition,
          create: (options, context) => {
            const operator = definition.create(options, { ...context, clock });
            if ('transform' in operator) this.#explain = (batch) => operator.explain?.(batch) ?? [];
            return operator;
          },
        },
      },
    ];
    this.#chain = new OperatorChain({
      name: pipeline,
      operators,
      account: this.#account,
      fs: readOnlyFileSystem,
      // The chain logs each failure, and so tells what it was.
      clock: hastyClock(now),
      log: { ...silentLogger, error: (data) => this.#note(data) },
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#ended = promise;
    this.#chain.output$.subscribe({ next: (batch) => onOutput(batch, this.#current), complete: resolve });
  }

  /** @throws what the operator throws */
  start(): Promise<void> {
    return this.#chain.start();
  }

  /** Hands a line over; answers what happened. Outputs are added to the event as they come. */
  next(batch: Batch, inputs: readonly TrialOutput[], onEvent: (event: OpenEvent) => void): void {
    const before = this.#counts();
    const heldBefore = this.#chain.held;
    const outer = this.#current;
    const event: OpenEvent = {
      kind: 'operator',
      pipeline: this.pipeline,
      operator: this.name,
      index: this.index,
      inputs,
      outputs: [],
      counts: NOTHING,
      held: 0,
      errors: [],
      reasons: this.#reasons(batch),
    };
    onEvent(event);
    this.#current = event;
    this.#chain.next(batch);
    this.#current = outer;
    event.counts = difference(this.#counts(), before);
    event.held = Math.max(0, this.#chain.held - heldBefore);
  }

  /**
   * Ends the input and waits until the operator has given away what it holds; then disposes of it.
   *
   * @param timeout - ms
   * @returns whether it has ended in time
   */
  async drain(timeout: number): Promise<boolean> {
    this.#chain.complete();
    const hasEnded = await within(systemClock, timeout, this.#ended, () => {});
    await this.dispose();
    return hasEnded;
  }

  async dispose(): Promise<void> {
    const onError = (error: unknown): void => void this.#errors.push(messageOf(error));
    await within(systemClock, DISPOSE_TIMEOUT, this.#chain.dispose(), onError);
  }

  totals(): OperatorTotals {
    return { pipeline: this.pipeline, operator: this.name, errors: this.#errors, ...this.#counts() };
  }

  #reasons(batch: Batch): readonly string[] {
    try {
      return batch.length === 1 ? this.#explain(batch) : [];
    } catch {
      // What is wrong shows when it works on the line.
      return [];
    }
  }

  #note({ error }: LogData): void {
    const message = messageOf(error);
    this.#errors.push(message);
    this.#current?.errors.push(message);
  }

  #counts(): TrialCounts {
    const { filtered, failed, dropped, merged, created } = this.#account;
    return { filtered: filtered.total, failed: failed.total, dropped: linesOf(dropped), merged, created };
  }
}

function linesOf(tally: Tally): Record<string, number> {
  return Object.fromEntries(Object.entries(tally.toJSON()).map(([reason, { lines }]) => [reason, lines]));
}

function difference(after: TrialCounts, before: TrialCounts): TrialCounts {
  const dropped = Object.entries(after.dropped)
    .map(([policy, lines]) => [policy, lines - (before.dropped[policy] ?? 0)] as const)
    .filter(([, lines]) => lines > 0);
  return {
    filtered: after.filtered - before.filtered,
    failed: after.failed - before.failed,
    dropped: Object.fromEntries(dropped),
    merged: after.merged - before.merged,
    created: after.created - before.created,
  };
}
