/**
 * Lines that a judge can check who sees nothing but the files: `run conn seq length crc payload`, in which length and crc are
 * those of the payload. None may be torn, invented or there twice, and of each connection they must be there in the order of
 * their numbers, without a gap: what is missing is missing at the end.
 */
import type { Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { crc32 } from 'node:zlib';

const FILLER =
  'Lorem ipsum dolor sit amet, consetetur sadipscing elitr, sed diam nonumy eirmod tempor invidunt ut '.repeat(
    4,
  );

/** The line number `seq` of a connection, without its newline. */
export function judgedLine(run: number, connection: number, seq: number): string {
  const payload = FILLER.slice(0, 20 + ((seq * 37 + connection) % 180));
  return `${run} ${connection} ${seq} ${payload.length} ${crc32(payload)} ${payload}`;
}

export interface PumpOptions {
  readonly run: number;
  readonly connection: number;
  readonly signal: AbortSignal;
  /** Between 200 lines and the next ones, in ms. @defaultValue none: as fast as they are taken */
  readonly pause?: number;
}

/** Sends such lines until `signal` or the other end ends it; answers how many it has given away. */
export async function pump(
  socket: Socket,
  { run, connection, signal, pause = 0 }: PumpOptions,
): Promise<number> {
  let seq = 0;
  const over = new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
    signal.addEventListener('abort', () => resolve());
  });
  while (!signal.aborted && !socket.destroyed && !socket.closed) {
    let chunk = '';
    for (const end = seq + 200; seq < end; seq++) chunk += `${judgedLine(run, connection, seq)}\n`;
    if (!socket.write(chunk)) {
      const drained = new Promise<void>((resolve) => socket.once('drain', resolve));
      await Promise.race([drained, over]);
    }
    if (pause > 0) await setTimeout(pause);
  }
  return seq;
}

/** What a judge says of lines. */
export interface Verdict {
  readonly lines: number;
  /** What must not be, in words; empty if all is well. */
  readonly faults: string[];
  /** Lines that came before, where they may. */
  readonly repeated: number;
  /** The lines of each run and connection: `1 0`. */
  readonly counts: Readonly<Record<string, number>>;
}

/**
 * Judges all lines of a directory, in the order of its files.
 *
 * @param mayRepeat - whether lines may come again: then they are counted
 */
export function judge(lines: Iterable<string>, mayRepeat = false): Verdict {
  const next = new Map<string, number>();
  const faults: string[] = [];
  let count = 0;
  let repeated = 0;
  for (const line of lines) {
    count++;
    const [run, connection, seq, length, crc] = line.split(' ', 5) as [
      string,
      string,
      string,
      string,
      string,
    ];
    const payload = line.slice([run, connection, seq, length, crc].join(' ').length + 1);
    if (payload.length !== Number(length) || crc32(payload) !== Number(crc)) {
      faults.push(`torn or invented: ${line.slice(0, 80)}`);
      continue;
    }
    const key = `${run} ${connection}`;
    const expected = next.get(key) ?? 0;
    if (mayRepeat && Number(seq) < expected) {
      repeated++;
      continue;
    }
    if (Number(seq) !== expected) faults.push(`${key}: ${seq} in place of ${expected}`);
    next.set(key, Number(seq) + 1);
  }
  return { lines: count, faults: faults.slice(0, 20), repeated, counts: Object.fromEntries(next) };
}
