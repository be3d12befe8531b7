/**
 * The commands of the query port, and the answers that are one text.
 *
 *     STATS                  STATS: Total=<n>, Dropped=<n>, Current=<n>, Clients=<n>
 *     COUNT                  COUNT: <n>
 *     QUERY keyword=<bytes>  FOUND: <n> matches, then each line that contains the bytes, oldest first
 *     LEDGER                 the ledger, as JSON on one line
 *     HELP                   the commands, a line each
 *     SEARCH, TAIL, COUNT and TOP with what is asked: see questions/read-command.ts
 *     anything else          ERROR: Unknown command
 *
 * A command is its name exactly: no case is folded and no space is trimmed. The keyword is everything behind `keyword=`,
 * spaces included, and stays bytes.
 */
import { Buffer, isUtf8 } from 'node:buffer';
import type { LedgerStatement } from '../core/ledger.ts';
import type { Searchable } from '../core/search.ts';
import type { Answering } from './answering/answering.ts';

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
  /** What answers questions for lines. */
  readonly answering: Answering;
  counters(): QueryCounters;
  ledger(): LedgerStatement;
}

/** A command that one text answers. */
export type TextCommand = (target: QueryTarget) => string;

/** A command, read. */
export type Command =
  | { readonly kind: 'text'; readonly answer: TextCommand }
  | { readonly kind: 'query'; readonly keyword: Buffer }
  /** A question; `text` is not set if it is no UTF-8. */
  | { readonly kind: 'question'; readonly text: string | undefined }
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

/** What a question begins with. `COUNT` alone is none, and neither is a `COUNT` that only spaces follow. */
const QUESTION = /^(?:(?:SEARCH|TAIL|TOP)(?:\s|$)|COUNT\s+\S)/;

/** The longest beginning that {@link QUESTION} has to see: a command may be long. */
const QUESTION_BYTES = 1024;

const HELP = [
  'STATS: lines received, dropped and in memory, and clients that send lines',
  'COUNT: lines in memory',
  'QUERY keyword=<text>: the lines in memory that contain the text, oldest first; all lines without a text',
  'SEARCH [options] [expression]: the lines that match, and a summary; options: limit= last= since= until= order= from= format= timeout=',
  'TAIL [options] [expression]: the lines that match, as they come; options: last= since= format=',
  'COUNT [options] [BY field|time(1m)] [expression]: how many lines match, or how many of each',
  'TOP n field [options] [expression]: the most frequent values of a field',
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
  if (QUESTION.test(line.toString('latin1', 0, QUESTION_BYTES)))
    return { kind: 'question', text: decode(line) };
  const answer = line.length <= LONGEST_NAME ? TEXT_COMMANDS.get(line.toString('latin1')) : undefined;
  return answer ? { kind: 'text', answer } : { kind: 'unknown' };
}

function formatStats({ total, dropped, current, clients }: QueryCounters): string {
  return `STATS: Total=${total}, Dropped=${dropped}, Current=${current}, Clients=${clients}\n`;
}

/** The text of a command; `undefined` if it is no UTF-8. */
function decode(line: Buffer): string | undefined {
  return isUtf8(line) ? line.toString() : undefined;
}
