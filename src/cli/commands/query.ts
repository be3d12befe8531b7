/** `logcaster query`: searches a collector that runs, or files. Exit codes as `grep`: 0 found, 1 nothing found, 2 an error. */
import { createReadStream, existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { printable } from '../../config/printable.ts';
import { systemClock } from '../../core/clock.ts';
import { systemFileSystem } from '../../core/file-system.ts';
import { parseExpression } from '../../expression/expression.ts';
import type { CountQuestion, LinesQuestion } from '../../query/questions/question.ts';
import type { CommandContext } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { hasColors } from '../query/colors.ts';
import { findAsking } from '../query/connect.ts';
import { countTimes } from '../query/count-times.ts';
import { contextOf, type QueryFlags, toExpression, toTime, type Wanted, wantedOf } from '../query/flags.ts';
import { Highlighter } from '../query/highlight.ts';
import { untilInterrupted } from '../query/interrupt.ts';
import { Output, READ_AHEAD } from '../query/output.ts';
import { BAR, colored } from '../query/palette.ts';
import { CollectorPlace } from '../query/place/collector-place.ts';
import { FilesPlace } from '../query/place/files-place.ts';
import type { Place } from '../query/place/place.ts';
import { Progress } from '../query/progress.ts';
import { barColumns, chooseSpan, drawHistogram } from '../query/show/histogram.ts';
import type { Show } from '../query/show/show.ts';
import { ShowFields } from '../query/show/show-fields.ts';
import { groupsAsJson, groupsAsText } from '../query/show/show-groups.ts';
import { ShowJson } from '../query/show/show-json.ts';
import { ShowMatches } from '../query/show/show-matches.ts';
import { ShowText } from '../query/show/show-text.ts';
import { orShowError } from '../query/show-error.ts';
import { describeTruncation } from '../query/truncation.ts';
import { hasUnicode } from '../query/unicode.ts';
import { UsageError } from '../usage-error.ts';

const ERROR = EXIT.usage.code;

/** The width where there is no terminal. */
const COLUMNS = 80;

/** @param names - files and directories; none: a collector is asked */
export async function query(
  expression: string | undefined,
  names: readonly string[],
  flags: QueryFlags,
  context: CommandContext,
): Promise<number> {
  // With -e, as with grep, everything else is a file.
  const texts = flags.expression ?? [expression ?? ''];
  const files = flags.expression && expression !== undefined ? [expression, ...names] : names;
  return orShowError(context, ERROR, async () => {
    const wanted = wantedOf(flags);
    const now = systemClock.now();
    const written = toExpression(texts, flags.invertMatch ?? false, now);
    const question = {
      where: written === '' ? undefined : parseExpression(written, { now }),
      since: toTime('--since', flags.since, now),
      until: toTime('--until', flags.until, now),
    };
    if (question.since !== undefined && question.until !== undefined && question.since >= question.until) {
      throw new UsageError('--since must be before --until');
    }
    const place = await placeOf(files, written, flags, context);
    if (!place) return EXIT.config.code;
    const run = new QueryRun({ place, question, wanted, flags, context, highlight: texts.join(' ') });
    return run.run();
  });
}

/** What is asked; `undefined` if the configuration has errors. */
async function placeOf(
  files: readonly string[],
  expression: string,
  flags: QueryFlags,
  context: CommandContext,
): Promise<Place | undefined> {
  const { since, until, from } = flags;
  if (files.length === 0) {
    const asking = await findAsking(flags, context);
    if (!asking && flags.config !== undefined && !existsSync(resolve(context.cwd, flags.config))) {
      context.err.write(
        'logcaster: -c is the configuration here, as everywhere; to count lines, write --count\n',
      );
    }
    return asking && new CollectorPlace(asking, { expression, since, until, from });
  }
  const remote = { '--connect': flags.connect, '--config': flags.config, '--from': from };
  const named = Object.keys(remote).find((name) => remote[name as keyof typeof remote] !== undefined);
  if (named !== undefined) {
    const counts = named === '--config' ? '; to count lines, write --count' : '';
    const hint = `${named} asks a collector; leave out ${printable(files[0]!)}, or ${named}${counts}`;
    throw new UsageError(`${named} and files do not go together`, hint);
  }
  return new FilesPlace(files, {
    fs: systemFileSystem,
    complain: (name, problem) => context.err.write(`logcaster: ${printable(name)}: ${printable(problem)}\n`),
    recursive: flags.recursive ?? false,
    resolve: (name) => resolve(context.cwd, name),
    standardInput: () => context.input() as AsyncIterable<Uint8Array>,
    openStream: (path) => createReadStream(path),
  });
}

interface QueryRunInit {
  readonly place: Place;
  readonly question: Pick<LinesQuestion, 'where' | 'since' | 'until'>;
  readonly wanted: Wanted;
  readonly flags: QueryFlags;
  readonly context: CommandContext;
  readonly highlight: string;
}

/** One query: asks, and shows what is answered. */
class QueryRun {
  readonly #init: QueryRunInit;
  readonly #colors: boolean;
  readonly #output: Output;
  #progress: Progress | undefined;
  /** Whether there is more than was answered, and nobody wanted less. */
  #isPartial = false;

  constructor(init: QueryRunInit) {
    const { context, flags } = init;
    this.#init = init;
    this.#colors = hasColors(flags.color, context.out, context.env);
    this.#output = new Output(context.out, init.place.isElsewhere ? READ_AHEAD : 0);
    this.#output.onWrite = () => this.#progress?.clear();
  }

  run(): Promise<number> {
    const { context, place } = this.#init;
    const end = (): void => this.#progress?.end();
    return untilInterrupted(
      async (signal) => {
        this.#progress = Progress.begin(context, systemClock, () => place.extent());
        try {
          return await this.#answer(signal);
        } finally {
          end();
        }
      },
      { onEnd: end, isStuck: () => place.readsPipe },
    );
  }

  async #answer(signal: AbortSignal): Promise<number> {
    const { wanted, flags, place } = this.#init;
    if (flags.quiet) return this.#isThere(signal);
    let found: boolean;
    if (wanted.kind === 'lines') found = await this.#lines(signal);
    else if (wanted.kind === 'histogram') found = await this.#histogram(signal);
    else found = await this.#count(wanted.kind === 'groups' ? wanted : {}, signal);
    await this.#output.send();
    if (place.hasProblems || this.#isPartial) return ERROR;
    return found ? EXIT.ok.code : EXIT.failed.code;
  }

  async #isThere(signal: AbortSignal): Promise<number> {
    const { place, question } = this.#init;
    for await (const { bounds } of place.search({ ...question, limit: 1 }, signal)) {
      if (bounds.length > 0) return EXIT.ok.code;
    }
    return place.hasProblems ? ERROR : EXIT.failed.code;
  }

  async #lines(signal: AbortSignal): Promise<boolean> {
    const { place, question, flags } = this.#init;
    const show = await this.#show();
    const lines = place.search(
      {
        ...question,
        order: flags.reverse ? 'newest' : 'oldest',
        limit: flags.maxCount,
        last: flags.last,
        context: contextOf(flags),
        tellsTimes: (flags.json || flags.timestamps || flags.fields?.includes('@time')) ?? false,
      },
      signal,
    );
    let found = false;
    let step = await lines.next();
    for (; !step.done; step = await lines.next()) {
      found = true;
      const goesOn = await show.show(step.value, this.#output);
      // Lines that come slowly are seen when they come.
      if (goesOn && (await this.#output.send())) continue;
      await lines.return(undefined);
      return found;
    }
    this.#explain(step.value);
    return found;
  }

  async #count({ by, top }: Pick<CountQuestion, 'by' | 'top'>, signal: AbortSignal): Promise<boolean> {
    const { place, question, flags, context } = this.#init;
    const result = await place.count({ ...question, by, top }, signal);
    const { matched, truncated } = result.summary;
    if (!by) this.#output.text(flags.json ? `${JSON.stringify({ count: matched })}\n` : `${matched}\n`);
    else if (flags.json) this.#output.text(groupsAsJson(result, context.out.isTerminal));
    else if (matched > 0) {
      const { columns } = context.out;
      this.#output.text(
        groupsAsText(result, { columns, unicode: hasUnicode(context.env), paint: this.#bar }),
      );
    }
    this.#explain(truncated);
    return matched > 0;
  }

  async #histogram(signal: AbortSignal): Promise<boolean> {
    const { place, question, flags, context } = this.#init;
    const columns = context.out.columns ?? (Number(context.env['COLUMNS']) || COLUMNS);
    const { counts, span, unknown, truncated } = await countTimes(place, question, signal, (first, last) =>
      chooseSpan(first, last, barColumns(columns)),
    );
    if (flags.json) {
      for (const [start, count] of counts) {
        this.#output.text(`${JSON.stringify({ time: new Date(start).toISOString(), count })}\n`);
      }
    } else if (counts.size > 0) {
      const unicode = hasUnicode(context.env);
      this.#output.text(drawHistogram(counts, span, { columns, unicode, paint: this.#bar }));
    }
    if (unknown > 0) {
      context.err.write(`logcaster: of ${unknown} lines it is not known when they were received\n`);
    }
    this.#explain(truncated);
    return counts.size > 0 || unknown > 0;
  }

  readonly #bar = (bars: string): string => (this.#colors && bars !== '' ? colored(BAR, bars) : bars);

  async #show(): Promise<Show> {
    const { place, flags, context, highlight } = this.#init;
    const colors = this.#colors;
    const escapes = context.out.isTerminal || colors;
    if (flags.fields)
      return new ShowFields({ names: flags.fields, json: flags.json ?? false, colors, escapes });
    if (flags.json) return new ShowJson(escapes);
    if (flags.onlyMatching) return new ShowMatches(new Highlighter(highlight), escapes);
    return new ShowText({
      // As grep: where there can be several.
      names: flags.filename && (flags.withFilename === true || (await place.isSeveral())),
      times: flags.timestamps ?? false,
      colors,
      escapes,
      highlighter: colors && !flags.invertMatch ? new Highlighter(highlight) : undefined,
    });
  }

  /** Says why there may be more, where that was not asked for. */
  #explain(truncated: Parameters<typeof describeTruncation>[0]): void {
    const why = describeTruncation(truncated);
    if (why === undefined) return;
    this.#isPartial = true;
    this.#init.context.err.write(`logcaster: ${why}\n`);
  }
}
