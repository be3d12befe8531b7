/**
 * The operators of one pipeline, one after the other, as RxJS operators. The stages (transform-stage.ts, stream-stage.ts)
 * lift them, count what they leave out, and turn their exceptions into lines that failed, so that a pipeline outlives its
 * operators.
 */
import { type Observable, Subject } from 'rxjs';
import type { Batch } from '../../core/batch.ts';
import type { Clock } from '../../core/clock.ts';
import type { Operator } from '../../core/component.ts';
import type { FileSystem } from '../../core/file-system.ts';
import type { PipelineAccount } from '../../core/ledger.ts';
import type { Logger } from '../../core/logger.ts';
import { makeNamed, mustHave, startNamed } from '../containment/beginnings.ts';
import { Calls } from '../containment/calls.ts';
import { ComponentClock } from '../containment/contained.ts';
import type { OperatorNode } from '../topology.ts';
import { OperatorBooks } from './operator-books.ts';
import { toStreamStage } from './stream-stage.ts';
import { type Stage, toTransformStage } from './transform-stage.ts';

export interface OperatorChainInit {
  /** The pipeline's name. */
  readonly name: string;
  readonly operators: readonly OperatorNode[];
  readonly account: PipelineAccount;
  readonly clock: Clock;
  readonly fs: FileSystem;
  readonly log: Logger;
  readonly calls?: Calls | undefined;
}

interface Link {
  readonly operator: Operator;
  /** For messages. */
  readonly subject: string;
  readonly books: OperatorBooks;
  readonly stage: Stage;
  readonly clock: ComponentClock;
}

/** A chain of operators, with its input and its output. */
export class OperatorChain {
  /** What leaves the last operator. It completes after the input has. */
  readonly output$: Observable<Batch>;
  readonly #input = new Subject<Batch>();
  readonly #links: readonly Link[];
  readonly #environment: Pick<OperatorChainInit, 'clock' | 'log'>;

  /** @throws what the definition of an operator throws */
  constructor(init: OperatorChainInit) {
    this.#environment = init;
    this.#links = init.operators.map((node) => toLink(node, init));
    this.output$ = this.#links.reduce<Observable<Batch>>(
      (batches$, { stage }) => batches$.pipe(stage.lift),
      this.#input,
    );
  }

  /** Lines that operators hold. */
  get held(): number {
    return this.#links.reduce((sum, { books }) => sum + books.held, 0);
  }

  /** Lets the operators load what they need. Called once, before the first batch. */
  async start(): Promise<void> {
    const starts = this.#links.map(({ operator, subject }) =>
      startNamed(subject, this.#environment, () => operator.start?.()),
    );
    await Promise.all(starts);
  }

  /** Takes a batch, and with it one keeper of its delivery. */
  next(batch: Batch): void {
    this.#input.next(batch);
  }

  /** Ends the input, so that operators give away what they hold. */
  complete(): void {
    this.#input.complete();
  }

  /** Ends the operators at once; answers how many lines they held. */
  abandon(): number {
    return this.#links.reduce((sum, { stage }) => sum + stage.abandon(), 0);
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#links.map(dispose));
  }
}

async function dispose({ operator, clock }: Link): Promise<void> {
  try {
    await operator[Symbol.asyncDispose]?.();
  } finally {
    clock.end();
  }
}

function toLink(
  node: OperatorNode,
  { name, account, clock, fs, log, calls = new Calls(clock) }: OperatorChainInit,
): Link {
  const books = new OperatorBooks(name, node.name, account, clock, log);
  const subject = `operator ${node.name} of ${name}`;
  const callee = calls.callee(subject);
  const componentClock = new ComponentClock({ subject, clock, log, callee });
  const context = { name: node.name, log, clock: componentClock, fs, ...books.counters };
  const operator = makeNamed(subject, () =>
    mustHave(node.definition.create(node.options, context), 'transform', 'operate'),
  );
  const stage =
    'transform' in operator
      ? toTransformStage(operator, books, callee)
      : toStreamStage(operator, books, callee);
  return { operator, subject, books, stage, clock: componentClock };
}
