/**
 * Lines that nobody has seen before: their texts, peers, keys and values are new in every round.
 */
import { Buffer } from 'node:buffer';
import type { Bench } from './bench.ts';

/** The name of the case, for all kinds of components. */
export const KEEPS_BOUNDED = 'what it keeps is bounded, however many lines, peers, keys and values it sees';

const BATCHES = 512;
const LETTERS = ['a', 'b', 'c', 'd'];

/** So long is what stands for somebody: what is kept of each shows. */
const LONG = '.'.repeat(250);

/** Sends a round of batches, each of another peer, with some lines with fields of their own. */
export async function pushUnknown(bench: Bench, round: number): Promise<void> {
  for (let number = 0; number < BATCHES; number++) {
    const id = `${round}-${number}-${LONG}`;
    const peer = textOf(`peer-${id}`);
    const lines = LETTERS.map((letter) =>
      Buffer.from(`level=info user=user-${id}${letter} request=${letter}${id} took ${number % 97} ms`),
    );
    const fields = LETTERS.map((letter) => ({
      level: 'info',
      user: textOf(`user-${id}${letter}`),
      [textOf(`key-${id}`)]: number,
    }));
    await bench.push(lines, { peer, fields });
  }
}

/** The same text in one piece: otherwise all would share the memory of what they have in common. */
function textOf(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}

/** How many texts a source is given at a time. */
export const TEXTS = 20;

/** Texts for a source. */
export function unknownTexts(round: number, time: number): string[] {
  return Array.from({ length: TEXTS }, (_, index) => `user=user-${round}-${time}-${index} level=info`);
}
