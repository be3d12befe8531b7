/**
 * The sink `ring`: the newest lines in memory, searchable. Its memory is the arena (arena.ts); its search is a sweep over it
 * (search.ts). Here are its options, and its books:
 *
 *     pushed + refilled = resident + overwritten
 *
 * `pushed` and `refilled` are counted here, from what batches say; `resident` and `overwritten` in the arena, line by line.
 */
import { z } from 'zod';
import type { Batch } from '../../core/batch.ts';
import {
  defineSink,
  type HistoryLimits,
  type Sink,
  type SinkContext,
  type WriteResult,
} from '../../core/component.ts';
import { LogCasterError } from '../../core/errors.ts';
import type { Figures } from '../../core/ledger.ts';
import type { Passage, Through } from '../../core/passage.ts';
import type {
  CopiedLines,
  FoundLines,
  ScanQuery,
  ScanTally,
  SearchOptions,
  SearchQuery,
  SearchResult,
  StoredListener,
} from '../../core/search.ts';
import { formatSize, size } from '../../core/units.ts';
import { Arena, MAX_ARENA_BYTES } from './arena.ts';
import { Positions } from './positions.ts';
import { scanArena, searchArena } from './search.ts';
import { copyLines } from './unstored.ts';

const options = z.strictObject({
  maxLines: z
    .int()
    .min(1)
    .max(2 ** 31)
    .default(10_000)
    .meta({
      description:
        'The most lines kept. Each costs 12 bytes of memory beside its text, once it is there: 120 MB at 10 million lines. ' +
        'A limit that is never reached costs nothing.',
      unit: 'lines',
    }),
  maxBytes: size({ min: 1, max: MAX_ARENA_BYTES })
    .prefault('64MiB')
    .meta({
      description:
        'The most bytes that the kept lines may take, with a line feed each; at most 4 GiB. Memory is used as lines need it. ' +
        'A line that is longer (or longer than 1 GiB) is refused as `too-long-for-ring`.',
      unit: 'bytes',
    }),
  refillFrom: z.string().min(1).optional().meta({
    description:
      'The name of a sink that keeps lines over a restart: at the start its newest lines are taken up.',
    unit: 'name of a sink',
    reference: 'sink',
    needs: 'history',
  }),
});

/** What a ring is made with. */
export type RingOptions = z.output<typeof options>;

/**
 * Keeps the newest lines in memory, searchable.
 *
 * @remarks Since 0.1.0
 * @example
 * ```yaml
 * type: ring
 * maxLines: 1000000
 * maxBytes: 256MiB
 * ```
 */
export const ring = defineSink({
  type: 'ring',
  summary: 'Keeps the newest lines in memory, searchable.',
  description:
    'The ring holds as many of the newest lines as both limits allow, byte for byte; fields are not kept. It is what the ' +
    'query port searches. At the most it takes `maxBytes` of memory, one line (16 MiB at most) beyond that, 12 bytes for ' +
    'each line, and 16 bytes for each run of lines from one connection (for `@source:` and `@peer:`; 4 MB at most: then the ' +
    'oldest lines are of unknown origin).',
  guarantees: {
    durability:
      'Memory only: lines are gone when the process ends. With `refillFrom` they come back from a sink that keeps them.',
    whenFull: 'The oldest lines make room and are counted as overwritten.',
    order:
      'Lines stand in the order in which they were written. Receive times never decrease: a line that claims to be older than the one before it gets its time.',
    search:
      'Finds each line at most once, oldest first, none that came after the call; lines that are overwritten before the search gets to them are missing.',
  },
  options,
  examples: [
    { title: 'Small ring', yaml: 'type: ring\nmaxLines: 500\n' },
    {
      title: 'Large ring that outlives a restart',
      yaml: 'type: ring\nmaxLines: 10000000\nmaxBytes: 2GiB\nrefillFrom: file\n',
    },
  ],
  create: (ringOptions, context) => new RingSink(ringOptions, context),
});

/** Where lines stand that nobody has placed: nowhere that anything else could be told to have stored. */
const NOWHERE: Passage = { pipeline: '' };

/** The sink; see {@link ring}. */
export class RingSink implements Sink {
  readonly refillFrom: string | undefined;
  readonly #arena: Arena;
  readonly #limits: HistoryLimits;
  readonly #context: SinkContext;
  readonly #positions = new Positions();
  #pushed = 0;
  #refilled = 0;
  #hasRefused = false;
  readonly #watchers = new Set<StoredListener>();

  /** @throws LogCasterError `LC_LIMIT_INVALID` when the machine does not have that much memory to promise */
  constructor({ maxLines, maxBytes, refillFrom }: RingOptions, context: SinkContext) {
    this.#arena = reserve({ maxLines, maxBytes });
    this.#limits = { maxLines, maxBytes };
    this.#context = context;
    this.refillFrom = refillFrom;
  }

  /** How many lines it holds. */
  get current(): number {
    return this.#arena.length;
  }

  write(batch: Batch): WriteResult {
    const number = this.#arena.overwritten + this.#arena.length;
    const tooLong = this.#arena.push(batch);
    this.#place(batch, number, tooLong);
    this.#pushed += batch.length - tooLong.length;
    if (this.#watchers.size > 0) this.#tell(batch, tooLong);
    if (tooLong.length === 0) return undefined;
    this.#refuse(tooLong.length);
    return { rejected: tooLong.map((index) => ({ index, reason: 'too-long-for-ring' })) };
  }

  async refill(history: (limits: HistoryLimits) => AsyncIterable<Batch>): Promise<void> {
    for await (const batch of history(this.#limits)) {
      const { overwritten, length } = this.#arena;
      this.#positions.add(overwritten + length, undefined, 0, overwritten);
      const tooLong = this.#arena.push(batch);
      this.#refilled += batch.length - tooLong.length;
      this.#refuse(tooLong.length);
    }
  }

  search(query: SearchQuery, searchOptions?: SearchOptions): Promise<SearchResult> {
    return searchArena(this.#arena, query, searchOptions);
  }

  scan(query: ScanQuery, tally: ScanTally): AsyncIterable<FoundLines> {
    return scanArena(this.#arena, query, tally);
  }

  watch(listener: StoredListener): () => void {
    this.#watchers.add(listener);
    return () => this.#watchers.delete(listener);
  }

  copyBeyond(through: Through): CopiedLines {
    const { overwritten, length } = this.#arena;
    const end = overwritten + length;
    const ranges = this.#positions.beyond(through, overwritten, end);
    return copyLines(this.#arena, ranges, this.#positions.firsts(overwritten, end));
  }

  /** Lets all lines go; they count as overwritten. */
  clear(): void {
    this.#arena.clear();
  }

  inspect(): Figures {
    const { length: resident, byteLength: residentBytes, overwritten } = this.#arena;
    const unaccounted = this.#pushed + this.#refilled - resident - overwritten;
    return {
      resident,
      residentBytes,
      overwritten,
      refilled: this.#refilled,
      pushed: this.#pushed,
      unaccounted,
    };
  }

  #tell(batch: Batch, tooLong: readonly number[]): void {
    const stored = tooLong.length === 0 ? batch : batch.select((index) => !tooLong.includes(index));
    for (const watcher of this.#watchers) watcher(stored, this.#arena.newestTime);
  }

  /** Notes where the lines of a batch stand that were taken in: the first of them has this number. */
  #place({ length, position }: Batch, number: number, tooLong: readonly number[]): void {
    const { overwritten } = this.#arena;
    const passage = position?.passage ?? NOWHERE;
    const first = position?.first ?? number;
    if (tooLong.length === 0) return this.#positions.add(number, passage, first, overwritten);
    let index = 0;
    for (const refused of [...tooLong, length]) {
      if (refused > index) {
        this.#positions.add(number, passage, first + index, overwritten);
        number += refused - index;
      }
      index = refused + 1;
    }
  }

  /** Says the first time that a line is too long; the ledger counts all of them. */
  #refuse(lines: number): void {
    if (lines === 0 || this.#hasRefused) return;
    this.#hasRefused = true;
    const { maxLineBytes } = this.#arena;
    const message = `a line is longer than the ring takes (${formatSize(maxLineBytes)}); lines like it are not kept here`;
    this.#context.log.warn({ sink: this.#context.name, maxLineBytes }, message);
  }
}

function reserve(limits: HistoryLimits): Arena {
  try {
    return new Arena(limits);
  } catch (error) {
    const { maxBytes, maxLines } = limits;
    throw new LogCasterError(
      'LC_LIMIT_INVALID',
      `this machine cannot give a ring ${formatSize(maxBytes)} and ${maxLines} lines`,
      {
        cause: error,
        hint: 'lower maxBytes or maxLines',
      },
    );
  }
}
