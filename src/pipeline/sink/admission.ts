/**
 * What a sink lets into its queue in memory, and what becomes of the rest when that is full.
 *
 * With the policy `block` it takes everything, with its delivery: credit and the gate keep sources from giving more. With one
 * that drops it lets deliveries go at once, so that the sink never holds up anybody, and drops what has no room.
 */
import type { Batch } from '../../core/batch.ts';
import type { Clock } from '../../core/clock.ts';
import { countOf } from '../../core/count-of.ts';
import type { SinkAccount } from '../../core/ledger.ts';
import type { Logger } from '../../core/logger.ts';
import { detach } from '../containment/release.ts';
import { Occasionally } from '../occasionally.ts';
import type { QueueSettings } from '../topology.ts';
import type { SinkQueue } from './sink-queue.ts';

export interface AdmissionInit {
  readonly name: string;
  readonly queue: QueueSettings;
  readonly waiting: SinkQueue;
  readonly account: SinkAccount;
  readonly clock: Clock;
  readonly log: Logger;
  /** Whether the sink has nothing to do. */
  readonly isFree: () => boolean;
}

export class Admission {
  readonly #init: AdmissionInit;
  readonly #drops: Occasionally;
  #queue: QueueSettings;

  constructor(init: AdmissionInit) {
    this.#init = init;
    this.#drops = new Occasionally(init.clock);
    this.#queue = init.queue;
  }

  /** Whether sources have to wait where the queue is full. */
  get blocks(): boolean {
    return this.#queue.whenFull === 'block';
  }

  use(queue: QueueSettings): void {
    this.#queue = queue;
  }

  /** Takes a batch, or drops what the policy says. */
  offer(batch: Batch): void {
    if (this.blocks) this.#init.waiting.push(batch);
    else this.#takeOrDrop(detach(batch, this.#init.log));
  }

  /** Takes what another sink had room for: nothing of it is dropped. */
  takeOver(batch: Batch): void {
    this.#init.waiting.push(this.blocks ? batch : detach(batch, this.#init.log));
  }

  #takeOrDrop(batch: Batch): void {
    const { account, log, name, waiting, isFree } = this.#init;
    // What a sink that has nothing to do can begin with at once does not wait, however much it is.
    if (isFree()) return waiting.push(batch);
    const { whenFull, maxBytes } = this.#queue;
    const dropped = waiting.pushOrDrop(batch, this.#queue);
    if (dropped === 0) return;
    account.dropped.add(whenFull, dropped, true);
    this.#drops.add(dropped, (lines) =>
      log.warn(
        { sink: name, policy: whenFull, maxBytes, lines },
        `${name}: the queue is full, ${countOf(lines, 'line')} dropped (${whenFull})`,
      ),
    );
  }
}
