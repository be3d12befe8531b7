/** `logcaster init`: writes a commented configuration to start from, and the JSON Schema for editors beside it. */
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { builtinRegistry } from '../../collector/builtins.ts';
import { collectorSections } from '../../collector/load-settings.ts';
import { CONFIG_FILES } from '../../config/discover.ts';
import { jsonSchema } from '../../config/json-schema.ts';
import { printable } from '../../config/printable.ts';
import { messageOf } from '../../core/errors.ts';
import { errorCode } from '../../core/file-system.ts';
import type { CommandContext } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { chooseByAsking, chooseByFlags } from '../init/choose.ts';
import { writeStarter } from '../init/starter.ts';
import { UsageError } from '../usage-error.ts';

export interface InitOptions {
  readonly source?: string;
  readonly sink?: string;
  readonly output?: string;
  readonly force?: boolean;
}

const SCHEMA = 'logcaster.schema.json';

export async function init(options: InitOptions, context: CommandContext): Promise<number> {
  const { output = 'logcaster.yaml', force = false } = options;
  const isPrinted = output === '-';
  if (!isPrinted && !/\.ya?ml$/i.test(output)) {
    throw new UsageError(`\`${printable(output)}\` is no name of a YAML file`, 'let it end in .yaml or .yml');
  }
  const file = resolve(context.cwd, output);
  const registry = builtinRegistry();
  const byFlags = chooseByFlags(registry, options);
  // Before anything is asked.
  if (!isPrinted && !force && (await readIfThere(file)) !== undefined) throw isThere(output);

  const isChosen = options.source !== undefined || options.sink !== undefined;
  const asks = !isChosen && !isPrinted && context.out.isTerminal && context.input().isTTY === true;
  const choice = asks ? await chooseByAsking(registry, context) : byFlags;
  const text = writeStarter({ ...choice, schema: `./${SCHEMA}` });
  if (isPrinted) {
    context.out.write(text);
    context.err.write(`\`logcaster schema > ${SCHEMA}\` writes the schema for editors beside it\n`);
    return EXIT.ok.code;
  }
  await write(file, text, output, force);
  const schema = `${JSON.stringify(jsonSchema(registry, collectorSections), undefined, 2)}\n`;
  const note = await writeSchema(join(dirname(file), SCHEMA), schema, force);
  context.out.write(`wrote ${printable(output)}\n${note}\n`);
  const isFound = (CONFIG_FILES as readonly string[]).includes(output);
  const flag = isFound ? '' : ` -c ${printable(output)}`;
  context.out.write(`next: \`logcaster test${flag}\`, then \`logcaster${flag}\` to run it\n`);
  return EXIT.ok.code;
}

/** Writes the schema, but never over one that is there and differs; answers what to say. */
async function writeSchema(path: string, schema: string, force: boolean): Promise<string> {
  const before = await readIfThere(path);
  if (before === schema) return `${SCHEMA} is up to date`;
  if (before !== undefined && !force) {
    return `${SCHEMA} is another one and stays; \`logcaster schema > ${SCHEMA}\` replaces it`;
  }
  await write(path, schema, SCHEMA, force);
  return `wrote ${SCHEMA}, for editors`;
}

async function write(path: string, text: string, shown: string, force: boolean): Promise<void> {
  try {
    // `wx` also fails if somebody was faster.
    await writeFile(path, text, { flag: force ? 'w' : 'wx' });
  } catch (error) {
    if (errorCode(error) === 'EEXIST') throw isThere(shown);
    const isMissing = errorCode(error) === 'ENOENT';
    const hint = isMissing ? 'make its directory first' : 'choose another place with --output';
    const reason = errorCode(error) ?? messageOf(error);
    throw new UsageError(`${printable(shown)} cannot be written: ${reason}`, hint, EXIT.failed.code);
  }
}

function isThere(file: string): UsageError {
  const hint = 'overwrite it with --force, or choose another name with --output';
  return new UsageError(`${printable(file)} is there already`, hint, EXIT.failed.code);
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    return errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR' ? undefined : '';
  }
}
