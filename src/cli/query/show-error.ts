/** Shows what went wrong with a search. An error in an expression is shown as errors of a configuration are: with the place. */
import { LogCasterError } from '../../core/errors.ts';
import { escapeText } from '../../core/escape.ts';
import { ExpressionError } from '../../expression/expression-error.ts';
import { type CommandContext, paint } from '../context.ts';

/** Writes it to standard error. */
function showError(error: LogCasterError, { err }: CommandContext): void {
  const { code, message, hint } = error;
  if (!(error instanceof ExpressionError)) {
    // A collector may have said it: what it says must not disturb the terminal.
    const safe = hint
      .trim()
      .split('\n')
      .map((line) => escapeText(line))
      .join('\n');
    err.write(`logcaster: ${escapeText(message)} (${safe}) [${code}]\n`);
    return;
  }
  const [excerpt = '', carets = '', ...advice] = hint.split('\n');
  const bar = paint(err, 'dim', '|');
  err.write(
    [
      `${paint(err, ['bold', 'red'], 'error:')} ${message} ${paint(err, 'dim', `[${code}]`)}`,
      `  ${bar} ${excerpt}`,
      `  ${bar} ${paint(err, ['bold', 'red'], carets)}`,
      ...advice.map((line) => `  ${paint(err, 'dim', '=')} ${line}`),
      '',
    ].join('\n'),
  );
}

/** Does something; what LogCaster itself has against it is shown, and the exit code is that of an error. */
export async function orShowError(
  context: CommandContext,
  code: number,
  work: () => Promise<number>,
): Promise<number> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof LogCasterError)) throw error;
    showError(error, context);
    return code;
  }
}
