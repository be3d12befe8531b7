/** Reads a configuration, whatever its format, into a value and the places of what is in it. */
import { basename, extname, resolve } from 'node:path';
import type { Report } from './diagnostics.ts';
import { isMapping } from './path.ts';
import { checkNesting, ModuleLocator, readModule } from './read-module.ts';
import { checkText, MAX_CONFIG_BYTES, readText, type TextProblem } from './read-text.ts';
import { readYaml } from './read-yaml.ts';
import { SourceText } from './source-text.ts';

const MODULES = new Set(['.ts', '.mts', '.js', '.mjs']);

/** Formats that others use, and LogCaster does not. */
const FOREIGN = new Set([
  '.toml',
  '.ini',
  '.xml',
  '.jsonc',
  '.json5',
  '.hcl',
  '.cts',
  '.cjs',
  '.tsx',
  '.jsx',
]);

/** Where a configuration comes from: a file, a text (of that file), or a value. */
export interface ConfigOrigin {
  readonly file?: string | undefined;
  readonly text?: string | undefined;
  readonly value?: unknown;
}

/** Reads a configuration; answers `undefined` if there is nothing to go on with. Problems go to the report. */
export async function readConfig(
  origin: ConfigOrigin,
  cwd: string,
  report: Report,
): Promise<Record<string, unknown> | undefined> {
  report.file = origin.file;
  const value = await readValue(origin, cwd, report);
  if (isMapping(value)) return value;
  // Why there is nothing has been said.
  if (report.hasErrors) return undefined;
  const message = 'a configuration is a mapping of `sources`, `pipelines` and `sinks`';
  report.error('LC_CONFIG_OPTION_TYPE', { message, path: [] });
  return undefined;
}

async function readValue({ file, text, value }: ConfigOrigin, cwd: string, report: Report): Promise<unknown> {
  if (file === undefined && text === undefined) return checkNesting(value, report) ? value : undefined;
  const extension = extname(file ?? '').toLowerCase();
  if (FOREIGN.has(extension)) {
    report.error('LC_CONFIG_FORMAT', { message: `\`${extension}\` is no format of a configuration` });
    return undefined;
  }
  const path = resolve(cwd, file ?? '');
  const result = text === undefined ? await readText(path, MAX_CONFIG_BYTES) : readGiven(text);
  if (result.problem) {
    reportText(result.problem, file, report);
    return undefined;
  }
  const source = new SourceText(result.text, file ?? '<text>');
  report.file = source.file;
  report.source = source;
  if (!MODULES.has(extension)) {
    const read = readYaml(source, report, { json: extension === '.json' });
    report.locator = read?.marks;
    return read?.value;
  }
  report.locator = new ModuleLocator(source);
  const exported = await readModule(path, report);
  return exported !== undefined && checkNesting(exported, report) ? exported : undefined;
}

function readGiven(text: string): ReturnType<typeof checkText> {
  if (Buffer.byteLength(text) > MAX_CONFIG_BYTES) {
    return { problem: { kind: 'large', message: `larger than ${MAX_CONFIG_BYTES} bytes` } };
  }
  return checkText(text);
}

function reportText(problem: TextProblem, file: string | undefined, report: Report): void {
  const name = file === undefined ? 'the configuration' : `\`${basename(file)}\``;
  switch (problem.kind) {
    case 'missing':
      return report.error('LC_CONFIG_NOT_FOUND', { message: 'there is no such file' });
    case 'unreadable':
      return report.error('LC_CONFIG_UNREADABLE', { message: `${name} cannot be read: ${problem.message}` });
    case 'large':
      return report.error('LC_CONFIG_TOO_LARGE', { message: `${name} is ${problem.message}` });
    case 'binary':
      return report.error('LC_CONFIG_NOT_TEXT', {
        message: `${name} is not text: ${problem.message}, in line ${problem.line}`,
      });
  }
}
