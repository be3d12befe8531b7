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

/** What the archives and `current.log` hold, oldest first. */
function readLogs(directory: string): Buffer {
  return Buffer.concat(
    [...archivesIn(directory), 'current.log'].map((name) => readFileSync(join(directory, name))),
  );
}

/** All lines; throws if the last one is torn. */
export function linesIn(directory: string): string[] {
  const text = readLogs(directory).toString('latin1');
  if (text === '') return [];
  if (!text.endsWith('\n')) throw new Error(`the last line is torn: ${text.slice(-100)}`);
  return text.slice(0, -1).split('\n');
}
