/** Makes inputs of inputs. A seed decides all of it. */
import { between, pick, type Random } from '../soak/random.ts';

const EDGES = [0, 1, 0x7f, 0x80, 0xff, 0x0a, 0x0d, 0x1b, 0x22, 0x24, 0x5c, 0x7b];

export interface Material {
  readonly corpus: readonly Buffer[];
  readonly words: readonly string[];
  readonly maxBytes: number;
}

/** One input, changed in one place or in several. */
export function mutate(input: Buffer, material: Material, random: Random): Buffer {
  let result = input;
  for (let left = 1 + Math.floor(random() ** 2 * 6); left > 0; left--)
    result = change(result, material, random);
  return result.subarray(0, material.maxBytes);
}

function change(input: Buffer, { corpus, words, maxBytes }: Material, random: Random): Buffer {
  const at = between(random, 0, input.length);
  const length = between(
    random,
    0,
    Math.min(input.length - at, 1 + Math.floor(random() ** 3 * input.length)),
  );
  const [before, part, after] = [
    input.subarray(0, at),
    input.subarray(at, at + length),
    input.subarray(at + length),
  ];
  switch (between(random, 0, 9)) {
    case 0: {
      const result = Buffer.from(input);
      if (at < result.length) result[at]! ^= 1 << between(random, 0, 7);
      return result;
    }
    case 1: {
      const result = Buffer.from(input);
      if (at < result.length) result[at] = pick(random, EDGES);
      return result;
    }
    case 2:
      return Buffer.concat([before, after]);
    case 3:
      return Buffer.concat([before, part, part, after]);
    case 4:
    case 5:
      return words.length === 0 ? input : Buffer.concat([before, Buffer.from(pick(random, words)), after]);
    case 6: {
      const other = corpus.length === 0 ? input : pick(random, corpus);
      const from = between(random, 0, other.length);
      const to = between(random, from, other.length);
      return Buffer.concat([before, other.subarray(from, to), after]);
    }
    case 7: {
      // Much of one thing: what is not linear shows.
      const times = between(random, 1, Math.max(1, Math.floor(maxBytes / Math.max(part.length, 1))));
      const few = random() < 0.9 ? Math.min(times, 20) : times;
      return Buffer.concat([
        before,
        ...Array.from({ length: part.length === 0 ? 0 : few }, () => part),
        after,
      ]);
    }
    case 8: {
      const bytes = Buffer.from(Array.from({ length: between(random, 1, 8) }, () => between(random, 0, 255)));
      return Buffer.concat([before, bytes, after]);
    }
    default:
      return Buffer.from(before);
  }
}
