/**
 * What one operator did with its lines. It counts what goes in and comes out; the operator counts what it lets go.
 *
 *     went in + created = came out + ended + held
 */

import type { Clock } from '../../core/clock.ts';
import type { ComponentContext, StreamOperatorContext } from '../../core/component.ts';
import { countOf } from '../../core/count-of.ts';
import { messageOf } from '../../core/errors.ts';
import type { PipelineAccount } from '../../core/ledger.ts';
import type { Logger } from '../../core/logger.ts';
import { asCount } from '../containment/as-count.ts';
import { Occasionally } from '../occasionally.ts';

/** The counters that an operator is given. */
export type OperatorCounters = Omit<StreamOperatorContext, keyof ComponentContext>;

export class OperatorBooks {
  readonly counters: OperatorCounters;
  readonly log: Logger;
  readonly #pipeline: string;
  readonly #operator: string;
  readonly #account: PipelineAccount;
  readonly #failures: Occasionally;
  #held = 0;

  constructor(pipeline: string, operator: string, account: PipelineAccount, clock: Clock, log: Logger) {
    this.#pipeline = pipeline;
    this.#operator = operator;
    this.#account = account;
    this.log = log;
    this.#failures = new Occasionally(clock);
    this.counters = {
      filtered: (lines) => this.filtered(asCount(lines)),
      dropped: (policy, lines) => {
        this.#held -= asCount(lines);
        account.dropped.add(policy, lines, true);
      },
      failed: (error, lines) => this.failed(error, asCount(lines)),
      merged: (lines) => {
        account.merged += asCount(lines);
        this.#held -= lines;
      },
      created: (lines) => this.created(asCount(lines)),
    };
  }

  /** Lines that went in, or were made, and have neither come out nor been counted. */
  get held(): number {
    return this.#held;
  }

  wentIn(lines: number): void {
    this.#held += lines;
  }

  cameOut(lines: number): void {
    this.#held -= lines;
  }

  filtered(lines: number): void {
    this.#account.filtered.add(this.#operator, lines, true);
    this.#held -= lines;
  }

  created(lines: number): void {
    this.#account.created += lines;
    this.#held += lines;
  }

  failed(error: unknown, lines: number): void {
    this.#account.failed.add(this.#operator, lines, false);
    this.#held -= lines;
    this.#failures.add(lines, (sum) =>
      this.log.error(
        { pipeline: this.#pipeline, operator: this.#operator, error, lines: sum },
        `${this.#pipeline}: ${this.#operator} failed on ${countOf(sum, 'line')}: ${messageOf(error)}`,
      ),
    );
  }

  /** Takes lines off the books that the caller counts as abandoned; answers how many that are. */
  abandon(): number {
    const lines = Math.max(0, this.#held);
    this.#held = 0;
    return lines;
  }

  /** Brings the books to where `held` lines are held: what is missing was filtered, what is too much was created. */
  balance(held: number): void {
    if (this.#held > held) this.filtered(this.#held - held);
    else if (this.#held < held) this.created(held - this.#held);
  }
}
