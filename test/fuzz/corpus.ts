/** The inputs that are kept: a file each, in a folder for each target, named after what is in it. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Target } from './target.ts';

const CORPUS = fileURLToPath(new URL('./corpus', import.meta.url));

/** The inputs of a target, in the order of their names, after its seeds. */
export function readCorpus(target: Target): Buffer[] {
  const folder = join(CORPUS, target.name);
  const seeds = target.seeds.map((seed) => Buffer.from(seed));
  return [...seeds, ...namesIn(folder).map((name) => readFileSync(join(folder, name)))];
}

/** Keeps an input; answers its path. */
export function keep(target: string, input: Buffer, prefix = ''): string {
  const folder = join(CORPUS, target);
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${prefix}${createHash('sha256').update(input).digest('hex').slice(0, 12)}`);
  writeFileSync(path, input);
  return path;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch {
    return [];
  }
}
