/** `logcaster explain`: shows what becomes of a line, operator by operator. No port is opened and no file made. */
import { didYouMean, listOf } from '../../config/suggest.ts';
import { systemClock } from '../../core/clock.ts';
import { escapeText } from '../../core/escape.ts';
import { findEntry } from '../../pipeline/trial/entry.ts';
import type { TrialEvent, TrialLine, TrialOutput } from '../../pipeline/trial/result.ts';
import { runTrial } from '../../pipeline/trial/trial.ts';
import type { CommandContext } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { loadUsable, reportDiagnostics, type Usable } from '../load-for-command.ts';
import { readLines } from '../read-lines.ts';
import { describeOperator } from '../trial/condition.ts';
import { showTrace } from '../trial/show-trace.ts';
import { UsageError } from '../usage-error.ts';

export interface ExplainOptions {
  readonly config?: string;
  readonly pipeline?: string;
  readonly source?: string;
  readonly format?: 'text' | 'json';
}

/** Nobody reads more; what comes behind is not looked at. */
const MOST_LINES = 1000;

export async function explain(
  line: string | undefined,
  options: ExplainOptions,
  context: CommandContext,
): Promise<number> {
  const { config, format } = options;
  const usable = await loadUsable(config === undefined ? {} : { config }, context);
  if (!usable) return EXIT.config.code;
  reportDiagnostics(usable.loaded.warnings, context);
  const { pipelines, source } = entryOf(usable, options);
  const lines = line === undefined ? await linesOfInput(context) : [{ content: line }];
  const receivedAt = systemClock.now();
  const { topology } = usable;
  const { traces, unfinished } = await runTrial({ topology, pipelines, source, receivedAt }, lines);
  for (const name of unfinished) context.err.write(`${name} did not give away what it holds in time\n`);
  if (format === 'json') {
    const shown = lines.map(({ content }, index) => ({
      line: Buffer.from(content).toString(),
      events: traces[index]!.map(toJson),
    }));
    context.out.write(`${JSON.stringify(shown, undefined, 2)}\n`);
    return EXIT.ok.code;
  }
  const redacted = { topology, redacted: usable.loaded.redacted };
  const texts = lines.map(({ content }, index) =>
    showTrace(content, traces[index]!, {
      out: context.out,
      source,
      describe: (event) => describeOperator(redacted, event),
    }),
  );
  context.out.write(texts.join('\n'));
  return EXIT.ok.code;
}

function entryOf({ topology }: Usable, options: ExplainOptions) {
  const entry = findEntry(topology, options);
  if (entry.problem === undefined) return entry;
  const { problem, choices, wrong } = entry;
  const near = wrong === undefined ? undefined : didYouMean(wrong, choices);
  const flag = wrong === undefined ? 'name one with --pipeline: ' : '';
  throw new UsageError(escapeText(problem), near ?? `${flag}there is ${listOf(choices, 'and')}`);
}

async function linesOfInput(context: CommandContext): Promise<TrialLine[]> {
  const stream = context.input();
  if (stream.isTTY) {
    throw new UsageError('no line is given', "logcaster explain 'the line', or lines on standard input");
  }
  const { lines, isCut } = await readLines(stream, MOST_LINES);
  if (isCut) context.err.write(`only the first ${MOST_LINES} lines are explained\n`);
  if (lines.length === 0)
    throw new UsageError('standard input is empty', 'give it lines, or name one as argument');
  return lines.map((content) => ({ content }));
}

/** An event for tools: bytes as text. */
function toJson(event: TrialEvent): unknown {
  if (event.kind === 'pipeline') return event;
  if (event.kind === 'sink') return { ...event, output: outputOf(event.output) };
  const { inputs: _, outputs, ...rest } = event;
  return { ...rest, outputs: outputs.map(outputOf) };
}

function outputOf({ bytes, fields, late }: TrialOutput): Record<string, unknown> {
  return { text: bytes.toString(), ...(fields && { fields }), ...(late && { late }) };
}
