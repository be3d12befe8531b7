/**
 * Batches like those that sockets give: 64 KiB of lines of about 120 bytes, of which a part holds a word.
 */
import { Batch } from '../../../src/core/batch.ts';

const LINES = 550;
const BATCHES = 200;

/** The word that some of the lines hold. */
export const WORD = 'ERROR';

/** Makes batches; `rate` is the part of the lines that hold {@link WORD}. The same every time. */
export function makeBatches(rate: number): readonly Batch[] {
  let state = 12_345;
  const random = (): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state / 0x7fffffff;
  };
  const words =
    'user session connect timeout request response database cache worker accepted closed status latency'.split(
      ' ',
    );
  const makeLine = (number: number): string => {
    const level = random() < rate ? WORD : 'INFO';
    let line = `2026-01-31T12:00:${String(number % 60).padStart(2, '0')}.123Z ${level} host-${number % 17} app[${number}]:`;
    while (line.length < 104) line += ` ${words[Math.floor(random() * words.length)]}`;
    return `${line} status=${random() < 0.05 ? '503' : '200'}`;
  };
  return Array.from({ length: BATCHES }, () =>
    Batch.fromTexts(
      Array.from({ length: LINES }, (_, number) => makeLine(number)),
      {
        origin: { source: 'bench', peer: '127.0.0.1:5' },
        receivedAt: Date.UTC(2026, 0, 31),
      },
    ),
  );
}

/** CPU time of the best of several rounds over all batches, in ns per line. */
export function measure(batches: readonly Batch[], work: (batch: Batch) => unknown): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 12; round++) {
    const start = process.cpuUsage();
    for (const batch of batches) work(batch);
    const { user, system } = process.cpuUsage(start);
    best = Math.min(best, ((user + system) * 1000) / (batches.length * LINES));
  }
  return best;
}

/** Makes a line of a table. */
export function row(name: string, ...figures: readonly number[]): string {
  return name.padEnd(44) + figures.map((figure) => figure.toFixed(0).padStart(8)).join('');
}
