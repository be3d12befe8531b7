/** `docs/errors.md`: every code that LogCaster gives an error or a diagnostic. */
import { CONFIG_CODES } from '../../src/config/codes.ts';
import { ERRORS, type ErrorInfo } from '../../src/core/errors.ts';
import { generatedFrom, page, table } from './markdown.ts';

export function errorsPage(): string {
  return page(
    generatedFrom('`src/core/errors.ts` and `src/config/codes.ts`'),
    '# Error codes',
    'A code stands in the log, in the output of `logcaster check` and in the `code` of an error, and keeps its meaning for ever. What to do is often said more exactly where the error is shown.',
    '## Errors',
    codes(ERRORS),
    '## Problems of a configuration',
    'All of them are found before anything is opened or made; each has a file, a line and a column where there is one.',
    codes(CONFIG_CODES),
  );
}

function codes(codesByName: Readonly<Record<string, ErrorInfo>>): string {
  const rows = Object.entries(codesByName)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, { summary, hint }]) => [`\`${code}\``, summary, hint]);
  return table(['code', 'what happened', 'what to do'], rows);
}
