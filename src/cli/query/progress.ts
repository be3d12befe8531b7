/**
 * A line on standard error that says how far a search is: only on a terminal, only when it takes long, and gone when it is over.
 *
 *     [########············] 41 %  1.2 GiB of 2.9 GiB, 12 s left
 *     searching, 4 s
 */
import type { Clock, Timer } from '../../core/clock.ts';
import { formatSize } from '../../core/units.ts';
import type { CommandContext, Writer } from '../context.ts';

/** How long a search may take before anything is shown, and how often it is drawn, in ms. */
const PATIENCE = 1_000;
const INTERVAL = 200;

const BAR_COLUMNS = 20;
const ERASE = '\r\u001b[K';

/** How far it is; both in bytes. */
export interface Extent {
  readonly done: number;
  /** How much there is, if that is known. */
  readonly total: number | undefined;
}

/** Shows progress until {@link Progress.end}. */
export class Progress {
  readonly #err: Writer;
  readonly #clock: Clock;
  readonly #extent: () => Extent;
  readonly #began: number;
  #timer: Timer | undefined;
  #isDrawn = false;

  private constructor(err: Writer, clock: Clock, extent: () => Extent) {
    this.#err = err;
    this.#clock = clock;
    this.#extent = extent;
    this.#began = clock.monotonic();
    this.#timer = clock.after(PATIENCE, () => {
      this.#draw();
      this.#timer = clock.every(INTERVAL, () => this.#draw());
    });
  }

  /** Begins, if standard error is a terminal that can erase a line. */
  static begin({ err, env }: CommandContext, clock: Clock, extent: () => Extent): Progress | undefined {
    return err.isTerminal && env['TERM'] !== 'dumb' ? new Progress(err, clock, extent) : undefined;
  }

  /** Takes the line away for the moment: something else is written. */
  clear(): void {
    if (this.#isDrawn) this.#err.write(ERASE);
    this.#isDrawn = false;
  }

  end(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.clear();
  }

  #draw(): void {
    const text = describeProgress(this.#extent(), this.#clock.monotonic() - this.#began);
    // What is wider than the terminal could not be erased.
    this.#err.write(`${ERASE}${text.slice(0, (this.#err.columns ?? 80) - 1)}`);
    this.#isDrawn = true;
  }
}

/** What the line says. `elapsed` in ms. */
export function describeProgress({ done, total }: Extent, elapsed: number): string {
  if (total === undefined || total === 0) {
    const read = done > 0 ? `${formatSize(done)}, ` : '';
    return `searching, ${read}${Math.round(elapsed / 1000)} s`;
  }
  const part = Math.min(1, done / total);
  const full = Math.round(part * BAR_COLUMNS);
  const bar = '#'.repeat(full) + '.'.repeat(BAR_COLUMNS - full);
  const left = part > 0 ? `, ${Math.ceil((elapsed / part - elapsed) / 1000)} s left` : '';
  return `[${bar}] ${Math.floor(part * 100)} %  ${formatSize(done)} of ${formatSize(total)}${left}`;
}
