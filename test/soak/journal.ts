/** What the sender writes down: one JSON object a line, for each connection that has ended. */
import { readFileSync } from 'node:fs';

/**
 * How a connection ended:
 *
 * - `clean`: the sender closed it, and the collector did too, after it had read everything
 * - `reset`: the sender broke it off in the middle of a line
 * - `told`: the collector closed it first (it was stopping)
 * - `broken`: an error; the collector was killed, say
 */
export type Ending = 'clean' | 'reset' | 'told' | 'broken';

export interface Sent {
  readonly conn: number;
  /** The name of the source that it was made to. */
  readonly source: string;
  /** Lines that were given to the kernel, or waited for it; never more than these can be found. */
  readonly lines: number;
  readonly ending: Ending;
  /** ms since the epoch. */
  readonly openedAt: number;
  readonly closedAt: number;
}

/** Where a sender connects. */
export type Target =
  | { readonly source: string; readonly host: string; readonly port: number }
  | { readonly source: string; readonly path: string };

/** What a sender is told at its start. */
export interface SenderOrder {
  readonly run: string;
  readonly seed: number;
  readonly targets: readonly Target[];
  readonly connections: number;
  /** Lines a second, of all connections together; slower if the collector is. */
  readonly rate: number;
  /** Whether connections are broken off in the middle of a line. */
  readonly resets: boolean;
  /** The file that the journal goes to. */
  readonly journal: string;
}

export function readJournal(path: string): Sent[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line) as Sent);
}
