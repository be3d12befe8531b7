/** `logcaster spill`: looks into the directories to which queues go on, and empties them. */
import { resolve } from 'node:path';
import { printable } from '../../config/printable.ts';
import type { Batch } from '../../core/batch.ts';
import { systemClock } from '../../core/clock.ts';
import { toEncoder } from '../../core/encoding.ts';
import { messageOf } from '../../core/errors.ts';
import { escapeBytes } from '../../core/escape.ts';
import {
  errorCode,
  type FileSystem,
  OPEN_FLAGS,
  type OpenFile,
  systemFileSystem,
} from '../../core/file-system.ts';
import { writeFully } from '../../core/log-directory/log-file.ts';
import { silentLogger } from '../../core/logger.ts';
import { formatSize } from '../../core/units.ts';
import { inspectSpill, type SpillState, walkSpill } from '../../spill/inspect.ts';
import { toSpillSettings } from '../../spill/options.ts';
import { SpillLog } from '../../spill/spill-log.ts';
import { verifySpill } from '../../spill/verify.ts';
import { type CommandContext, paint } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { formatCount, formatNumber } from '../format-count.ts';
import { countFindings, isWrong, showFindings } from '../show-findings.ts';
import { findSpill, findSpills } from '../spill/directories.ts';
import { UsageError } from '../usage-error.ts';

export interface SpillCommandOptions {
  readonly json?: boolean;
}

export interface SpillShowOptions extends SpillCommandOptions {
  /** The most lines. */
  readonly lines?: number;
}

export interface SpillDrainOptions extends SpillCommandOptions {
  readonly output?: string;
}

/** `spill ls`: what waits where. */
export async function spillLs(
  named: readonly string[],
  { json = false }: SpillCommandOptions,
  { cwd, out }: CommandContext,
  fs: FileSystem = systemFileSystem,
): Promise<number> {
  const states: SpillState[] = [];
  for (const path of await findSpills(fs, cwd, named)) states.push(await inspectSpill(fs, path));
  if (json) {
    out.write(`${JSON.stringify(states.map(toJson), undefined, 2)}\n`);
    return EXIT.ok.code;
  }
  for (const state of states) {
    const { path, end, settled, segments, bytes, possibleDuplicates, isInUse } = state;
    const notes = [
      `${formatCount(end - settled, 'line')} wait`,
      ...(possibleDuplicates > 0
        ? [`${formatNumber(possibleDuplicates)} of them may be stored already`]
        : []),
      `${formatSize(bytes)} in ${formatCount(segments.length, 'segment')}`,
      ...(isInUse ? ['in use'] : []),
    ];
    out.write(`${printable(path)}: ${notes.join(', ')}\n`);
  }
  return EXIT.ok.code;
}

function toJson({ path, end, settled, segments, bytes, possibleDuplicates, isInUse }: SpillState) {
  return {
    directory: path,
    lines: end - settled,
    possibleDuplicates,
    bytes,
    segments: segments.length,
    inUse: isInUse,
  };
}

/** `spill show`: the lines that wait, oldest first. */
export async function spillShow(
  named: string | undefined,
  { json = false, lines: most = Number.POSITIVE_INFINITY }: SpillShowOptions,
  { cwd, out, err }: CommandContext,
  fs: FileSystem = systemFileSystem,
): Promise<number> {
  const state = await inspectSpill(fs, await findSpill(fs, cwd, named));
  let left = most;
  let lost = 0;
  for await (const event of walkSpill(fs, state, state.settled)) {
    if (left <= 0) break;
    if (event.kind === 'batch') {
      const batch = event.batch.slice(0, Math.min(event.batch.length, left));
      out.write(toShown(batch, json, out.isTerminal));
      if (!(await out.ready())) return EXIT.ok.code;
      left -= batch.length;
      continue;
    }
    if (event.kind === 'unreadable')
      throw new UsageError(`${event.place.file} cannot be read: ${event.why}`, undefined, 1);
    lost += event.lines ?? 0;
  }
  if (lost > 0) err.write(`${formatCount(lost, 'line')} cannot be read: see logcaster spill verify\n`);
  return lost > 0 ? EXIT.failed.code : EXIT.ok.code;
}

/** JSON is safe to show as it is escaped; lines as they are go to files and pipes only. */
function toShown(batch: Batch, json: boolean, isTerminal: boolean): Buffer {
  if (!json && !isTerminal) return Buffer.concat(batch.chunks());
  const { length } = batch;
  const shown = json ? toEncoder('json').encode(batch) : batch;
  if (!isTerminal) return Buffer.concat(shown.chunks());
  let text = '';
  for (let line = 0; line < length; line++) text += `${escapeBytes(shown.line(line), { keepTabs: true })}\n`;
  return Buffer.from(text);
}

/** `spill drain`: writes out the lines that wait, and removes what is written. */
export async function spillDrain(
  named: string | undefined,
  { json = false, output }: SpillDrainOptions,
  context: CommandContext,
  fs: FileSystem = systemFileSystem,
): Promise<number> {
  const { cwd, err } = context;
  const directory = await findSpill(fs, cwd, named);
  const seams = { name: 'spill', fs, clock: systemClock, log: silentLogger };
  const spill = await SpillLog.open({ ...toSpillSettings('', undefined), directory }, seams);
  let lines = 0;
  let lost = 0;
  try {
    const target = output === undefined ? undefined : await Target.create(fs, resolve(cwd, output));
    try {
      const encoder = toEncoder(json ? 'json' : 'line');
      while (spill.unread > 0) {
        const read = await spill.read(2 ** 20);
        const encoded = read.batches.map((batch) => encoder.encode(batch));
        const bytes = Buffer.concat(encoded.flatMap((batch) => batch.chunks()));
        if (target) await target.write(bytes);
        else await giveAway(bytes, context);
        // Only now: a crash before it, and they are there still.
        spill.settle(read.batches.length);
        lines += read.batches.reduce((sum, { length }) => sum + length, 0);
        lost += read.lost;
      }
    } finally {
      await target?.close();
    }
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    const hint = 'what was not written is still there';
    throw new UsageError(`the lines cannot be written: ${messageOf(error)}`, hint, EXIT.failed.code);
  } finally {
    await spill.close(0);
  }
  const damaged = lost > 0 ? `, ${formatCount(lost, 'line')} were damaged or missing` : '';
  err.write(`${printable(spill.path)}: ${formatCount(lines, 'line')} written out and removed${damaged}\n`);
  return lost > 0 ? EXIT.failed.code : EXIT.ok.code;
}

/** Writes to standard output, and waits until somebody has it. */
async function giveAway(bytes: Buffer, context: CommandContext): Promise<void> {
  context.out.write(bytes);
  await context.flush();
  if (!(await context.out.ready())) throw Object.assign(new Error('nobody reads them'), { code: 'EPIPE' });
}

/** A new file, in which lines are safe before they are removed from the spill. */
class Target {
  readonly #file: OpenFile;
  #size = 0;

  private constructor(file: OpenFile) {
    this.#file = file;
  }

  static async create(fs: FileSystem, path: string): Promise<Target> {
    const flags = OPEN_FLAGS.write | OPEN_FLAGS.create | OPEN_FLAGS.exclusive | OPEN_FLAGS.noFollow;
    return new Target(await fs.open(path, flags, 0o640));
  }

  async write(bytes: Buffer): Promise<void> {
    if (bytes.length === 0) return;
    await writeFully(this.#file, bytes, this.#size);
    await this.#file.datasync();
    this.#size += bytes.length;
  }

  async close(): Promise<void> {
    await this.#file.sync();
    await this.#file.close();
  }
}

/** `spill verify`: checks every frame. */
export async function spillVerify(
  named: readonly string[],
  { json = false }: SpillCommandOptions,
  { cwd, out }: CommandContext,
  fs: FileSystem = systemFileSystem,
): Promise<number> {
  let isGood = true;
  const results: object[] = [];
  for (const directory of await findSpills(fs, cwd, named)) {
    const { state, readable, findings } = await verifySpill(fs, directory);
    const isWell = !isWrong(findings);
    isGood &&= isWell;
    if (json) {
      results.push({ ...toJson(state), readable, ok: isWell, findings });
      continue;
    }
    showFindings(
      findings.map(({ file, ...finding }) => ({
        ...finding,
        subject: file === '.' ? 'the directory' : file,
      })),
      out,
    );
    const counted = countFindings(findings);
    const judgement = isWell ? paint(out, 'green', 'good') : paint(out, 'red', counted);
    const notes = isWell && counted !== '' ? `, ${counted}` : '';
    out.write(
      `${printable(state.path)}: ${formatCount(readable, 'line')} wait and can be read: ${judgement}${notes}\n`,
    );
  }
  if (json) out.write(`${JSON.stringify(results, undefined, 2)}\n`);
  return isGood ? EXIT.ok.code : EXIT.failed.code;
}
