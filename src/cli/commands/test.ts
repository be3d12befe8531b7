/** `logcaster test`: runs the tests that stand in the configuration. No port is opened and no file made. */
import { escapeText } from '../../core/escape.ts';
import { runTest, type TestOutcome } from '../../pipeline/trial/run-test.ts';
import type { TestCase } from '../../pipeline/trial/tests-section.ts';
import { type CommandContext, paint } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { formatCount } from '../format-count.ts';
import { loadUsable, reportDiagnostics, type Usable } from '../load-for-command.ts';
import { showOutcome } from '../trial/show-outcome.ts';
import { UsageError } from '../usage-error.ts';

export interface TestOptions {
  readonly config?: string;
  readonly format?: 'text' | 'json';
}

/** @param part - runs only tests whose name contains it, whatever the case */
export async function test(
  part: string | undefined,
  options: TestOptions,
  context: CommandContext,
): Promise<number> {
  const { format, ...flags } = options;
  const usable = await loadUsable(flags, context);
  if (!usable) return EXIT.config.code;
  reportDiagnostics(usable.loaded.warnings, context);
  const tests = choose(usable, part);
  const outcomes: TestOutcome[] = [];
  for (const each of tests) {
    const outcome = await runTest(usable.topology, each);
    outcomes.push(outcome);
    if (format !== 'json') context.out.write(showOutcome(outcome, usable, context));
  }
  if (format === 'json') context.out.write(`${JSON.stringify(outcomes.map(toJson), undefined, 2)}\n`);
  else context.out.write(summarize(outcomes, context));
  return outcomes.every(({ passed }) => passed) ? EXIT.ok.code : EXIT.failed.code;
}

function choose({ loaded, name }: Usable, part: string | undefined): readonly TestCase[] {
  const all = loaded.settings?.sections.tests ?? [];
  if (all.length === 0) {
    throw new UsageError(`${name} has no tests`, 'write some under `tests`: see logcaster test --help');
  }
  if (part === undefined) return all;
  const chosen = all.filter((each) => each.name.toLowerCase().includes(part.toLowerCase()));
  if (chosen.length > 0) return chosen;
  const names = all.map((each) => `"${escapeText(each.name)}"`).join(', ');
  throw new UsageError(`no test has "${escapeText(part)}" in its name`, `there is ${names}`);
}

function summarize(outcomes: readonly TestOutcome[], { out }: CommandContext): string {
  const failed = outcomes.filter(({ passed }) => !passed).length;
  const all = formatCount(outcomes.length, 'test');
  if (failed === 0) return `\n${paint(out, 'green', `${all} passed`)}\n`;
  return `\n${paint(out, 'red', `${failed} of ${all} failed`)}\n`;
}

/** The outcome for tools: bytes as text, with the rows that differ. */
function toJson({ name, passed, problem, sinks, accounts }: TestOutcome): Record<string, unknown> {
  return {
    name,
    passed,
    ...(problem !== undefined && { problem }),
    sinks: sinks.map(({ sink, rows }) => ({
      sink,
      missing: rows.flatMap((row) => (row.kind === 'missing' ? [row.expected] : [])),
      unexpected: rows.flatMap((row) =>
        row.kind === 'extra' ? [{ text: row.actual.bytes.toString(), fields: row.actual.fields ?? {} }] : [],
      ),
    })),
    accounts,
  };
}
