/** The files of a log directory, as somebody sees them who knows nothing of LogCaster but the names. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ARCHIVE = /^log-\d{8}-\d{6}-(\d{6,})\.log$/;

/** The names of the archives, oldest first. */
export function archivesIn(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => ARCHIVE.test(name))
    .toSorted((a, b) => numberOf(a) - numberOf(b));
}

function numberOf(name: string): number {
  return Number(ARCHIVE.exec(name)![1]);
}

/** All lines, one file after the other: together they can be more than a string holds. Throws if the last one is torn. */
export function* eachLineIn(directory: string): Generator<string, void, undefined> {
  let rest = '';
  for (const name of [...archivesIn(directory), 'current.log']) {
    const lines = (rest + readFileSync(join(directory, name), 'latin1')).split('\n');
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== '') throw new Error(`the last line is torn: ${rest.slice(-100)}`);
}

/** All lines; throws if the last one is torn. */
export function linesIn(directory: string): string[] {
  return [...eachLineIn(directory)];
}
