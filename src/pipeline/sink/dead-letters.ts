/**
 * The way of rejected lines to the sink for dead letters.
 *
 * Invariants: a line that was taken here brings the keeper of its delivery, and that goes on with the letter: the source hears
 * of it when the letter is settled. Letters keep their order. While some wait here the sink that rejects writes nothing more,
 * so what waits is what one write was given; it waits only for the turns that making letters takes, for a target that
 * blocks and is full, and while the target is exchanged.
 */
import type { Batch } from '../../core/batch.ts';
import type { Clock, Timer } from '../../core/clock.ts';
import type { SinkAccount } from '../../core/ledger.ts';
import type { Logger } from '../../core/logger.ts';
import { release, retain } from '../containment/release.ts';
import { type Rejection, toDeadLetters } from './dead-letter.ts';
import type { Gate } from './gate.ts';

/** So many letters are made at a time: a few milliseconds. */
const AT_A_TIME = 1000;

/** The most characters of an error that a letter tells. */
const LONGEST_ERROR = 1000;

/** A sink that takes letters. */
export interface DeadLetterTarget {
  /** Closed while the sink has no room and blocks. */
  readonly gate: Pick<Gate, 'closed' | 'whenOpen'>;
  /** Takes a batch, and with it one keeper of its delivery. */
  offer(batch: Batch): void;
}

export interface DeadLettersInit {
  /** The sink that rejects. */
  readonly name: string;
  readonly account: SinkAccount;
  readonly clock: Clock;
  readonly log: Logger;
  /** Told when nothing waits any more, unless that was before `take` returned. */
  readonly onDone: () => void;
}

interface Waiting extends Omit<Rejection, 'sink'> {
  readonly batch: Batch;
}

export class DeadLetters {
  readonly #init: DeadLettersInit;
  #target: DeadLetterTarget | undefined;
  #waiting: Waiting[] = [];
  #isHeld = false;
  #isListening = false;
  #timer: Timer | undefined;

  constructor(init: DeadLettersInit) {
    this.#init = init;
  }

  /** Where they go; nowhere without a target. */
  get target(): DeadLetterTarget | undefined {
    return this.#target;
  }

  /** Rejected lines that wait to be handed on. */
  get lines(): number {
    if (this.#waiting.length === 0) return 0;
    return this.#waiting.reduce((sum, { batch }) => sum + batch.length, 0);
  }

  /** Whether no more lines may be rejected for now. */
  get isFull(): boolean {
    return (
      this.#waiting.length > 0 || (this.#target !== undefined && (this.#isHeld || this.#target.gate.closed))
    );
  }

  /** Takes another target into use; what waits goes there. Without one, it stays rejected and no more. */
  use(target: DeadLetterTarget | undefined): void {
    const isOther = target !== this.#target;
    this.#target = target;
    this.#isHeld = false;
    if (isOther) this.#isListening = false;
    if (target) this.#goOn();
    else this.abandon();
  }

  /** Hands nothing on until {@link use}. */
  hold(): void {
    this.#isHeld = true;
  }

  /** Takes rejected lines, and with them one keeper of their delivery. */
  take(batch: Batch, reasons: Rejection['reasons'], error?: string): void {
    if (!this.#target) return release(batch, false, this.#init.log);
    this.#waiting.push({ batch, reasons, error: error?.slice(0, LONGEST_ERROR) });
    this.#work();
  }

  /** Calls back soon after it may have become not full. */
  listen(): void {
    const target = this.#target;
    // What is held goes on when it is used again.
    if (!target || this.#isHeld || this.#isListening || this.#timer) return;
    this.#isListening = true;
    target.gate.whenOpen(() => {
      if (target !== this.#target) return;
      this.#isListening = false;
      this.#goOn();
    });
  }

  /** Lets go of what waits; answers how many lines that was. */
  abandon(): number {
    this.#timer?.cancel();
    this.#timer = undefined;
    const { lines } = this;
    for (const { batch } of this.#waiting.splice(0)) release(batch, false, this.#init.log);
    return lines;
  }

  #goOn(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#work();
    if (this.#waiting.length === 0) this.#init.onDone();
  }

  #work(): void {
    let left = AT_A_TIME;
    // It is not told to go on by what it hands on itself.
    while (this.#waiting.length > 0 && !this.#timer) {
      if (!this.#target || this.#isHeld) return;
      if (this.#target.gate.closed) return this.listen();
      if (left <= 0) {
        this.#timer = this.#init.clock.after(0, () => this.#goOn(), { keepAlive: true });
        return;
      }
      left -= this.#handOn(this.#target, left);
    }
  }

  /** Hands on the oldest lines, at most so many; answers how many. */
  #handOn(target: DeadLetterTarget, most: number): number {
    const { name, account, log } = this.#init;
    const { batch, reasons, error } = this.#waiting[0]!;
    const part = batch.slice(0, most);
    if (part.length === batch.length) this.#waiting.shift();
    else {
      const rest = batch.slice(part.length);
      retain(part, log);
      this.#waiting[0] = {
        batch: rest,
        reasons: typeof reasons === 'string' ? reasons : reasons.slice(part.length),
        error,
      };
    }
    account.deadLetters += part.length;
    target.offer(toDeadLetters(part, { sink: name, reasons, error }));
    return part.length;
  }
}
