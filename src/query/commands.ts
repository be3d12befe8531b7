/**
 * The commands of the query port, and the answers that are one text.
 *
 *     STATS                  STATS: Total=<n>, Dropped=<n>, Current=<n>, Clients=<n>
 *     COUNT                  COUNT: <n>
 *     QUERY keyword=<bytes>  FOUND: <n> matches, then each line that contains the bytes, oldest first
 *     LEDGER                 the ledger, as JSON on one line
 *     HELP                   the commands, a line each
 *     anything else          ERROR: Unknown command
 *
 * A command is its name exactly: no case is folded and no space is trimmed. The keyword is everything behind `keyword=`,
 * spaces included, and stays bytes.
 */
import { Buffer } from 'node:buffer';
import type { LedgerStatement } from '../core/ledger.ts';
import type { Searchable } from '../core/search.ts';

/** The counters that `STATS` and `COUNT` tell. */
export interface QueryCounters {
  /** Lines that were received. */
  readonly total: number;
  /** Lines that are not in memory any more, or never were. */
  readonly dropped: number;
  /** Lines that are in memory. */
  readonly current: number;
  /** Clients that send lines at the moment. */
  readonly clients: number;
}

/** What the query port asks. */
export interface QueryTarget {
  /** What queries search; nothing when there is no such sink. */
  searchable(): Searchable | undefined;
  counters(): QueryCounters;
  ledger(): LedgerStatement;
}

/** A command that one text answers. */
export type TextCommand = (target: QueryTarget) => string;

/** A command, read. */
export type Command =
  | { readonly kind: 'text'; readonly answer: TextCommand }
  | { readonly kind: 'query'; readonly keyword: Buffer }
  | { readonly kind: 'unknown' };

/** The answers that say what went wrong. */
export const ERROR_ANSWERS = {
  unknownCommand: 'ERROR: Unknown command\n',
  searchFailed: 'ERROR: Search failed\n',
  commandFailed: 'ERROR: Command failed\n',
  commandTooLong: 'ERROR: Command too long\n',
  tooManyClients: 'ERROR: Too many clients\n',
} as const;

const QUERY_START = Buffer.from('QUERY keyword=');

const HELP = [
  'STATS: lines received, dropped and in memory, and clients that send lines',
  'COUNT: lines in memory',
  'QUERY keyword=<text>: the lines in memory that contain the text, oldest first; all lines without a text',
  'LEDGER: where every line is or was left, as JSON',
  'HELP: this list',
].join('\n');

const TEXT_COMMANDS: ReadonlyMap<string, TextCommand> = new Map<string, TextCommand>([
  ['STATS', (target) => formatStats(target.counters())],
  ['COUNT', (target) => `COUNT: ${target.counters().current}\n`],
  ['LEDGER', (target) => `${JSON.stringify(target.ledger())}\n`],
  ['HELP', () => `${HELP}\n`],
]);

const LONGEST_NAME = Math.max(...Array.from(TEXT_COMMANDS.keys(), (name) => name.length));

/** Reads a command line; `line` is without its line end. */
export function parseCommand(line: Buffer): Command {
  if (line.subarray(0, QUERY_START.length).equals(QUERY_START)) {
    return { kind: 'query', keyword: line.subarray(QUERY_START.length) };
  }
  const answer = line.length <= LONGEST_NAME ? TEXT_COMMANDS.get(line.toString('latin1')) : undefined;
  return answer ? { kind: 'text', answer } : { kind: 'unknown' };
}

function formatStats({ total, dropped, current, clients }: QueryCounters): string {
  return `STATS: Total=${total}, Dropped=${dropped}, Current=${current}, Clients=${clients}\n`;
}
