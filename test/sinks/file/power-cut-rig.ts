/**
 * A sink on a disk that loses power (test/support/crash-disk.ts), and a judge that knows what each durability promises:
 *
 *     always     what was settled is there
 *     interval   what was settled before the last sync is there, and a sync comes every interval
 *     none       nothing that was not synced need be there
 *
 * With `always` and `interval` what is there is the beginning of what was written, without a gap, and whole; a sealed file is
 * there as it was, and no number is given out twice. One failed sync changes none of that. After a second failure, or a death, before what it
 * left uncertain is written again, nothing is judged any more: the next start cannot know of it. With `none` files can end in the midst of a line, and lines can be
 * missing; but no line is torn, glued to another, there twice or invented. A start after a power cut always succeeds, also when there is
 * another power cut in the midst of it; a second start changes nothing.
 *
 * Each line begins with its own number. Everything here is in memory: a life of a sink takes milliseconds.
 */
import { expect } from 'vitest';
import type { Batch } from '../../../src/core/batch.ts';
import type { Sink } from '../../../src/core/component.ts';
import { isRetryable, RetryableError } from '../../../src/core/errors.ts';
import { syncDirectory } from '../../../src/core/file-system.ts';
import { between, randomFrom } from '../../soak/random.ts';
import { type Choose, CrashDisk } from '../../support/crash-disk.ts';
import { FaultyFileSystem } from '../../support/faulty-file-system.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { MemoryLogger } from '../../support/memory-logger.ts';
import { plainFiles, type RigKind, type RigOptions, toBatch } from './rig.ts';

const DIRECTORY = '/var/collector/logs';
const ARCHIVE = /^log-\d{8}-\d{6}-(\d{6,})(\.log.*)$/;

export type Durability = 'none' | 'interval' | 'always';

export type PowerCutOptions = RigOptions & { readonly durability: Durability };

/** A seed of 0 keeps nothing but what was synced, 1 keeps everything; any other a part that it decides. */
export function chooseBy(seed: number): Choose {
  if (seed === 0) return () => 0;
  if (seed === 1) return (below) => below - 1;
  const random = randomFrom(seed);
  return (below) => between(random, 0, below - 1);
}

/** A file as the judge reads it. */
interface Found {
  readonly name: string;
  readonly sequence: number;
  readonly bytes: Buffer;
  readonly lines: readonly string[];
  /** Whether something stands behind its last whole unit. */
  readonly isTorn: boolean;
}

export class PowerCutRig {
  readonly clock = new ManualClock();
  readonly disk: CrashDisk;
  fs: FaultyFileSystem;
  sink: Sink;
  options: PowerCutOptions;
  readonly #kind: RigKind;
  #length = 0;
  /** All lines that were ever handed over, by their number. */
  readonly #lines: string[] = [];
  /** Numbers that were in the files when this life began, and those of them that no power cut may take. */
  #before: number[] = [];
  #kept: number[] = [];
  #wasKilled = false;
  /** Whether the disk failed twice, or the disk and then the process. */
  #isExcused = false;
  #failedSyncsBefore = 0;
  /** Numbers of this life, in the order in which they were handed over, and how many of them are settled. */
  #life: number[] = [];
  #settled = 0;
  /** How many of this life a power cut may not take. */
  #promised = 0;
  #cutInOrder = true;
  #isInOrder = true;
  /** What each sealed file held, by its number. */
  readonly #sealed = new Map<number, Buffer>();
  /** What a power cut has left behind the last whole unit. */
  readonly #tails: Buffer[] = [];
  /** Torn tails, by their names. */
  readonly #torn = new Map<string, Buffer>();
  /** Lines in archives that somebody has taken away. */
  readonly #shipped = new Set<number>();
  /** What the dead process saw in the directory: retention may have removed the rest. */
  #resident = new Set<number>();

  constructor(options: PowerCutOptions, kind: RigKind = plainFiles, disk = new CrashDisk()) {
    this.options = options;
    this.#kind = kind;
    this.disk = disk;
    this.fs = new FaultyFileSystem(disk);
    this.sink = this.#create();
  }

  /** How many lines were handed over. */
  get written(): number {
    return this.#length;
  }

  get #faults(): number {
    return this.fs.fired.length + this.disk.failedSyncs;
  }

  async start(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const faults = this.#faults;
      const { failedSyncs } = this.disk;
      try {
        await this.sink.start!();
        return;
      } catch (error) {
        if (this.fs.crashed || this.#faults === faults) throw error;
        expect(attempt).toBeLessThan(20);
        // A start that gave up because of a failed sync leaves no trace, and the next one has its sync succeed.
        if (this.disk.failedSyncs > failedSyncs) this.#isExcused = true;
        await this.sink[Symbol.asyncDispose]!();
        this.sink = this.#create();
      }
    }
  }

  /** Hands over lines of these lengths, batch by batch as one group, until they are settled. */
  async write(lengths: readonly (readonly number[])[], toLines: typeof toBatch = toBatch): Promise<void> {
    let group: Batch[] = lengths.map((each) => toLines(each.map((length) => this.#makeLine(length))));
    let left = group.flatMap((batch) => batch.texts());
    for (let attempt = 0; left.length > 0; attempt++) {
      expect(attempt).toBeLessThan(50);
      let stored = left.length;
      try {
        await this.sink.writeAll!(group);
      } catch (error) {
        if (!isRetryable(error)) throw error;
        stored = error instanceof RetryableError ? error.stored : 0;
      }
      this.#settled += stored;
      left = left.slice(stored);
      group = [toBatch(left)];
      this.#note();
    }
    this.#observe();
  }

  /** Lets timers fire and what they begin end. */
  async advance(ms: number): Promise<void> {
    const settled = this.#settled;
    const fired = this.#faults;
    this.clock.advance(ms);
    await this.fs.quiet();
    if (this.fs.crashed) throw new Error('it died of a timer');
    // A sync is due each 500 ms, and none has failed.
    if (this.#faults === fired && ms >= 500 && this.options.durability === 'interval')
      this.#promised = Math.max(this.#promised, settled);
    this.#note();
    this.#observe();
  }

  async flush(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.sink.flush!();
        break;
      } catch (error) {
        if (this.fs.crashed) throw error;
        expect(attempt).toBeLessThan(50);
      }
    }
    if (this.options.durability !== 'none') this.#promised = this.#settled;
    this.#observe();
  }

  /** Ends in good order and starts another sink on the same directory. */
  async restart(options: PowerCutOptions): Promise<void> {
    await this.flush();
    await this.sink[Symbol.asyncDispose]!();
    this.options = options;
    this.sink = this.#create();
    await this.start();
    this.#observe();
  }

  /** Somebody takes the archives away to another place, for good. */
  async ship(): Promise<void> {
    for (const { name, lines } of this.#read()) {
      if (!ARCHIVE.test(name) || this.disk.files(DIRECTORY).get(name)!.links > 1) continue;
      for (const line of lines) this.#shipped.add(numberOf(line));
      await this.disk.unlink(`${DIRECTORY}/${name}`);
    }
    this.disk.failSync(0, 0);
    await syncDirectory(this.disk, DIRECTORY);
  }

  /** The process ends, now or at the operation that it has died of; the disk keeps its power. */
  async kill(): Promise<void> {
    this.fs.crash();
    this.#resident = new Set(this.#read().flatMap(({ lines }) => lines.map(numberOf)));
    // Nobody tells the next start that a sync has failed: what this life has not written again since, it takes for synced.
    if (this.disk.failedSyncs > this.#failedSyncsBefore) this.#isExcused = true;
    this.#promised = this.#settled;
    this.#wasKilled = true;
    await this.#bury();
  }

  /** The power fails, now or at the operation that the process has died of. */
  async cut(seed: number): Promise<void> {
    const { durability } = this.options;
    this.fs.crash();
    this.#resident = new Set(this.#read().flatMap(({ lines }) => lines.map(numberOf)));
    const { ordered } = this.disk.cut(chooseBy(seed));
    this.#wasKilled = false;
    if (durability === 'none' && !ordered) this.#kept = [];
    this.#cutInOrder &&= ordered;
    // Nobody has promised anything about what was sealed since.
    if (durability === 'none') {
      this.#sealed.clear();
      this.#torn.clear();
    }
    this.#noteTail();
    await this.#bury();
  }

  /** After the start that follows an end: is what was promised there? What is there is the beginning of a new life. */
  async judge(): Promise<void> {
    const { durability } = this.options;
    await this.fs.quiet();
    if (this.#isExcused) return;
    const found = this.#read();
    for (const { name, isTorn } of found) {
      if (isTorn && (durability !== 'none' || name.startsWith('current'))) throw new Error(`${name} is torn`);
    }
    const numbers = found.flatMap(({ lines }) => lines.map((line) => this.#numberOfIntact(line)));
    expect(new Set(numbers).size).toBe(numbers.length);
    // An old current file can come back, if the names around it do not come back in order.
    if (durability === 'none' && !this.#cutInOrder) this.#isInOrder = false;
    if (this.#isInOrder) expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));

    const present = new Set(numbers);
    const isHere = (number: number) => !this.#shipped.has(number);
    const promised = [...this.#kept, ...this.#life.slice(0, this.#promised)].filter(isHere);
    const kept = this.options.retention
      ? promised.filter((number) => this.#resident.has(number) && !this.#mayBeRemoved(number, numbers))
      : promised;
    expect(kept.filter((number) => !present.has(number))).toEqual([]);
    if (durability !== 'none' && !this.options.retention) {
      const all = [...this.#before, ...this.#life].filter(isHere);
      expect(numbers).toEqual(all.slice(0, numbers.length));
    }
    for (const { sequence, bytes } of found) {
      const sealed = this.#sealed.get(sequence);
      if (sealed) expect(bytes.equals(sealed)).toBe(true);
    }
    this.#checkTorn();
    this.#before = numbers;
    // A start makes durable what it finds, unless nobody wants that.
    if (!this.#wasKilled || durability !== 'none') this.#kept = numbers;
    this.#failedSyncsBefore = this.disk.failedSyncs;
    this.#life = [];
    this.#settled = 0;
    this.#promised = 0;
    this.#observe();
    await this.#checkHistory(found);
  }

  /** A start in good order finds nothing to do: it changes no file but the state. */
  async checkIdempotence(): Promise<void> {
    const before = this.#contents();
    await this.sink[Symbol.asyncDispose]!();
    this.sink = this.#create();
    await this.start();
    await this.fs.quiet();
    if (this.options.retention) return;
    expect(this.#contents()).toEqual(before);
  }

  async remove(): Promise<void> {
    this.fs.disarm();
    await this.sink[Symbol.asyncDispose]!();
  }

  /** Retention removes the oldest first: whatever is older than what is there. */
  #mayBeRemoved(number: number, found: readonly number[]): boolean {
    return found.length > 0 && number < found[0]!;
  }

  /** What the sink says that it has synced. */
  #note(): void {
    const figures = this.sink.inspect!() as { exposure?: { lines: number }; unsyncableLines?: number };
    if ((figures.unsyncableLines ?? 0) > 0) this.#isExcused = true;
    if (this.options.durability === 'always') this.#promised = this.#settled;
    if (this.options.durability !== 'interval') return;
    const { exposure } = figures;
    this.#promised = Math.max(this.#promised, this.#settled - (exposure?.lines ?? this.#settled));
  }

  /** What is sealed stays as it is, for ever; and so does its number. */
  #observe(): void {
    for (const [name, { bytes, links }] of this.disk.files(DIRECTORY)) {
      const sequence = this.#sequenceOf(name);
      // As long as it has two names it is being sealed.
      if (sequence === undefined || links > 1) continue;
      const sealed = this.#sealed.get(sequence);
      if (sealed && !sealed.equals(bytes) && !this.#isExcused)
        throw new Error(`${name} has changed, or its number was given out twice`);
      this.#sealed.set(sequence, bytes);
    }
  }

  /** What stands behind the last whole unit of the current file has to be found in a file of its own. */
  #noteTail(): void {
    const files = this.disk.files(DIRECTORY);
    const current = files.get(`current${this.#kind.suffix}`);
    const isBeingMoved = [...files.keys()].some((name) => name.includes('rewrite'));
    if (!current || current.links > 1 || isBeingMoved) return;
    const { end } = this.#linesOf(current.bytes, `current${this.#kind.suffix}`);
    if (end < current.bytes.length) this.#tails.push(current.bytes.subarray(end));
  }

  /** What was torn is apart, and stays. */
  #checkTorn(): void {
    const files = this.disk.files(DIRECTORY);
    const apart = [...files].filter(([name]) => name.startsWith('torn-')).map(([, { bytes }]) => bytes);
    // What is in front of a frame may be skipped by who reads it, and is torn like the rest.
    for (const tail of this.#tails.splice(0)) expect(apart.some((bytes) => bytes.includes(tail))).toBe(true);
    for (const [name, bytes] of this.#torn) expect(files.get(name)?.bytes.equals(bytes)).toBe(true);
    for (const [name, { bytes }] of files) if (name.startsWith('torn-')) this.#torn.set(name, bytes);
  }

  async #bury(): Promise<void> {
    await this.sink[Symbol.asyncDispose]!();
    await this.fs.closeAll();
    this.fs = new FaultyFileSystem(this.disk);
    this.sink = this.#create();
  }

  async #checkHistory(found: readonly Found[]): Promise<void> {
    const lines: string[] = [];
    for await (const batch of this.sink.history!({ maxLines: 1_000_000, maxBytes: 2 ** 30 }))
      lines.push(...batch.texts());
    expect(lines).toEqual(found.flatMap((file) => file.lines));
  }

  #contents(): Record<string, string> {
    const contents: Record<string, string> = {};
    for (const [name, { bytes }] of this.disk.files(DIRECTORY)) contents[name] = bytes.toString('latin1');
    return contents;
  }

  /** The archives in the order of their numbers, and the current file. */
  #read(): Found[] {
    const current = `current${this.#kind.suffix}`;
    const found: Found[] = [];
    for (const [name, { bytes }] of this.disk.files(DIRECTORY)) {
      const sequence = name === current ? Number.POSITIVE_INFINITY : this.#sequenceOf(name);
      if (sequence !== undefined) found.push({ name, sequence, bytes, ...this.#linesOf(bytes, name) });
    }
    return found.toSorted((a, b) => a.sequence - b.sequence);
  }

  #sequenceOf(name: string): number | undefined {
    const match = ARCHIVE.exec(name);
    return match?.[2] === this.#kind.suffix ? Number(match[1]) : undefined;
  }

  /** The lines of the whole units that a file begins with. */
  #linesOf(bytes: Buffer, name: string): { lines: string[]; isTorn: boolean; end: number } {
    for (const end of [bytes.length, ...this.#kind.ends(bytes).toReversed()]) {
      const text = this.#textOf(bytes.subarray(0, end), name);
      if (text === undefined || !(text === '' || text.endsWith('\n'))) continue;
      return { lines: text === '' ? [] : text.slice(0, -1).split('\n'), isTorn: end < bytes.length, end };
    }
    return { lines: [], isTorn: bytes.length > 0, end: 0 };
  }

  #textOf(bytes: Buffer, name: string): string | undefined {
    try {
      return this.#kind.read(bytes, name).text;
    } catch {
      return undefined;
    }
  }

  #numberOfIntact(line: string): number {
    const number = numberOf(line);
    if (this.#lines[number] !== line) throw new Error(`nobody wrote the line ${JSON.stringify(line)}`);
    return number;
  }

  #makeLine(length: number): string {
    const number = this.#length++;
    const line = `${number}:`.padEnd(length, 'abcdefghijklmnopqrstuvwxyz');
    this.#lines.push(line);
    this.#life.push(number);
    return line;
  }

  #create(): Sink {
    const log = new MemoryLogger();
    const context = { name: 'files', log, clock: this.clock, fs: this.fs };
    return this.#kind.create({ ...this.options, directory: DIRECTORY }, context).sink;
  }
}

function numberOf(line: string): number {
  return Number.parseInt(line, 10);
}
