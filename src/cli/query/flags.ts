/** The flags of `query` and `tail`, checked: what goes together, and what each means. */
import { parseExpression } from '../../expression/expression.ts';
import type { ContextSize } from '../../query/answering/context-lines.ts';
import type { Grouping, SearchPlace } from '../../query/questions/question.ts';
import { readKey } from '../../query/questions/read-key.ts';
import { readTime } from '../../query/questions/read-time.ts';
import { UsageError } from '../usage-error.ts';
import type { ColorChoice } from './colors.ts';
import type { ConnectFlags } from './connect.ts';

/** Flags that both commands have. */
export interface LineFlags extends ConnectFlags {
  readonly expression?: readonly string[];
  readonly invertMatch?: boolean;
  readonly since?: string;
  readonly json?: boolean;
  readonly fields?: readonly string[];
  readonly timestamps?: boolean;
  readonly color: ColorChoice;
}

/** The flags of `query`. */
export interface QueryFlags extends LineFlags {
  readonly from?: SearchPlace;
  readonly until?: string;
  readonly last?: number;
  readonly maxCount?: number;
  readonly reverse?: boolean;
  readonly afterContext?: number;
  readonly beforeContext?: number;
  readonly context?: number;
  readonly count?: boolean;
  readonly countBy?: string;
  readonly top?: string;
  readonly histogram?: boolean;
  readonly quiet?: boolean;
  readonly onlyMatching?: boolean;
  readonly recursive?: boolean;
  readonly withFilename?: boolean;
  /** `-h`. */
  readonly filename: boolean;
}

/** What is wanted: lines, or figures about them. */
export type Wanted =
  | { readonly kind: 'lines' }
  | { readonly kind: 'count' }
  | { readonly kind: 'groups'; readonly by: Grouping; readonly top?: number | undefined }
  | { readonly kind: 'histogram' };

/** How many values `--top` lists. */
const TOP = 10;

/** What is to be done. @throws UsageError for flags that do not go together */
export function wantedOf(flags: QueryFlags): Wanted {
  const { count, countBy, top, histogram, last } = flags;
  const modes = Object.entries({
    '--count': count,
    '--count-by': countBy,
    '--top': top,
    '--histogram': histogram,
    '--quiet': flags.quiet,
  }).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (modes.length > 1) throw new UsageError(`${modes.join(' and ')} do not go together`);
  refuseTogether(modes[0], flags);
  if (count) return { kind: 'count' };
  if (countBy !== undefined) return { kind: 'groups', by: toKey('--count-by', countBy) };
  if (top !== undefined) {
    const by = toKey('--top', top);
    if (by.kind === 'time') throw new UsageError('--top counts by a field', `write --count-by '${top}'`);
    return { kind: 'groups', by, top: last ?? TOP };
  }
  return { kind: histogram ? 'histogram' : 'lines' };
}

/** Flags about lines, where none are shown; and flags that want lines to be shown in two ways. */
function refuseTogether(mode: string | undefined, flags: QueryFlags): void {
  const context = contextOf(flags);
  const about: Readonly<Record<string, unknown>> = {
    '--fields': flags.fields,
    '-A, -B and -C': context,
    '--only-matching': flags.onlyMatching,
    '--max-count': flags.maxCount,
    '--reverse': flags.reverse,
    '--last': mode === '--top' ? undefined : flags.last,
  };
  const names = Object.keys(about).filter((name) => about[name] !== undefined);
  if (mode !== undefined && mode !== '--quiet' && names.length > 0) {
    throw new UsageError(`${mode} and ${names[0]} do not go together`, `${mode} shows no lines`);
  }
  const pairs: [boolean, string][] = [
    [Boolean(context && flags.reverse), '-A, -B and -C and --reverse'],
    [
      Boolean(flags.onlyMatching && (context || flags.json || flags.fields)),
      '--only-matching and other forms of lines',
    ],
    [Boolean(flags.onlyMatching && flags.invertMatch), '--only-matching and --invert-match'],
  ];
  const wrong = pairs.find(([is]) => is);
  if (wrong) throw new UsageError(`${wrong[1]} do not go together`);
}

/** How many lines around each match are wanted; `undefined` if only the matches are. */
export function contextOf({ beforeContext, afterContext, context }: QueryFlags): ContextSize | undefined {
  if (beforeContext === undefined && afterContext === undefined && context === undefined) return undefined;
  return { before: beforeContext ?? context ?? 0, after: afterContext ?? context ?? 0 };
}

function toKey(flag: string, text: string): Grouping {
  const key = readKey(text);
  if (key) return key;
  throw new UsageError(`${flag}: there is nothing to count by`, 'write a field, @source, @peer or time(1m)');
}

/** Reads a time. @throws UsageError */
export function toTime(flag: string, text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  const time = readTime(text, now);
  if (time !== undefined) return time;
  throw new UsageError(
    `${flag}: ${JSON.stringify(text)} is no time`,
    'write how long ago, as in 5m or 2h, or a time such as 2026-01-31T12:00:00Z',
  );
}

/**
 * The expression that is meant, on one line: several are alternatives, as several patterns of `grep`. It is read here, so that what
 * is wrong is said before anybody is asked.
 *
 * @throws LogCasterError `LC_EXPRESSION_INVALID`
 */
export function toExpression(texts: readonly string[], isInverted: boolean, now: number): string {
  for (const text of texts) parseExpression(text, { now });
  const lines = texts.map(onOneLine);
  const meant = lines.includes('')
    ? ''
    : lines.length === 1
      ? lines[0]!
      : lines.map((text) => `(${text})`).join(' OR ');
  return isInverted ? `NOT (${meant === '' ? '*' : meant})` : meant;
}

/** Line feeds are white space, but in quotes. */
function onOneLine(text: string): string {
  return text
    .replaceAll(/"(?:[^"\\]|\\.)*"/gs, (quoted) => quoted.replaceAll('\r', '\\x0d').replaceAll('\n', '\\x0a'))
    .replaceAll(/\s*[\r\n]+\s*/g, ' ')
    .trim();
}
