/** `docs/exit-codes.md`: what the command ends with, and when. */
import { EXIT } from '../../src/cli/exit-codes.ts';
import { generatedFrom, page, table } from './markdown.ts';

export function exitCodesPage(): string {
  const rows = Object.values(EXIT).map(({ code, when }) => [String(code), when]);
  return page(generatedFrom('`src/cli/exit-codes.ts`'), '# Exit codes', table(['code', 'when'], rows));
}
