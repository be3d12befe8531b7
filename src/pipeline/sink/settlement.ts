/**
 * Settles the lines that a sink was given, by its answer: what is stored and what is rejected is counted, and let go of or handed
 * on as dead letters.
 *
 * Invariant: whoever settles a group has given it up before: letting go of a batch may bring the next one.
 */
import type { Batch } from '../../core/batch.ts';
import type { Clock } from '../../core/clock.ts';
import { countOf } from '../../core/count-of.ts';
import { messageOf } from '../../core/errors.ts';
import type { SinkAccount } from '../../core/ledger.ts';
import type { Logger } from '../../core/logger.ts';
import { release } from '../containment/release.ts';
import { Occasionally } from '../occasionally.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { Refused } from './write-failure.ts';

export interface SettlementInit {
  readonly name: string;
  readonly account: SinkAccount;
  readonly clock: Clock;
  readonly log: Logger;
  /** Takes what the sink rejects. */
  readonly deadLetters: DeadLetters;
}

export class Settlement {
  readonly #init: SettlementInit;
  readonly #rejections: Occasionally;

  constructor(init: SettlementInit) {
    this.#init = init;
    this.#rejections = new Occasionally(init.clock);
  }

  /** All lines of the group are stored. */
  stored(group: readonly Batch[]): void {
    for (const batch of group) this.#countStored(batch);
    this.letGo(group);
  }

  /** Some lines of the group were refused, the others are stored. */
  storedExcept(group: readonly Batch[], refused: Refused): void {
    const { account, name, log, deadLetters } = this.#init;
    let first = 0;
    const rejected = group.map((batch) => {
      const reasons: string[] = [];
      const isRefused = (index: number): boolean => refused.has(first + index);
      const kept = batch.select((index) => {
        const reason = refused.get(first + index);
        if (reason === undefined) return true;
        account.rejected.add(reason, 1, false);
        reasons.push(reason);
        return false;
      });
      const gone = reasons.length === 0 ? undefined : batch.select(isRefused);
      first += batch.length;
      this.#countStored(kept);
      return gone && { gone, reasons };
    });
    this.#rejections.add(refused.size, (lines) => {
      const [reason] = refused.values();
      log.warn({ sink: name, reason, lines }, `${name}: ${countOf(lines, 'line')} rejected: ${reason}`);
    });
    for (const [index, batch] of group.entries()) {
      const { gone, reasons } = rejected[index] ?? {};
      if (gone) deadLetters.take(gone, reasons!);
      else release(batch, true, log);
    }
  }

  /** Counts the first `stored` lines of a group as stored; answers the batches to let go of, and what is not stored. */
  countFirst(
    group: readonly Batch[],
    stored: number,
  ): { readonly done: readonly Batch[]; readonly rest: readonly Batch[] } {
    const done: Batch[] = [];
    const rest: Batch[] = [];
    let left = stored;
    for (const batch of group) {
      const lines = Math.min(left, batch.length);
      left -= lines;
      this.#countStored(batch.slice(0, lines));
      if (lines === batch.length) done.push(batch);
      else rest.push(batch.slice(lines));
    }
    return { done, rest };
  }

  /** Lets go of batches that are stored, and counted. */
  letGo(batches: readonly Batch[]): void {
    for (const batch of batches) release(batch, true, this.#init.log);
  }

  /** All lines of the group are rejected. */
  rejected(group: readonly Batch[], reason: string, error: unknown): void {
    const { account, name, log, deadLetters } = this.#init;
    const rejected = group.reduce((sum, { length }) => sum + length, 0);
    account.rejected.add(reason, rejected, false);
    this.#rejections.add(rejected, (lines) =>
      log.error(
        { sink: name, error, reason, lines },
        `${name}: ${countOf(lines, 'line')} rejected: ${messageOf(error)}`,
      ),
    );
    for (const batch of group) deadLetters.take(batch, reason, messageOf(error));
  }

  #countStored(batch: Batch): void {
    this.#init.account.stored += batch.length;
    this.#init.account.storedBytes += batch.byteLength;
  }
}
