/** Runs the command line in this process, in a folder of its own, and catches what it writes. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { onTestFinished } from 'vitest';
import type { CommandContext, Writer } from '../../src/cli/context.ts';
import { main } from '../../src/cli/main.ts';

export interface CliWorld {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What standard input holds. */
  readonly input?: string | Uint8Array;
  /** Whether standard input and output are a terminal, without colours. */
  readonly terminal?: boolean;
  /** Whether both outputs show colours. */
  readonly colors?: boolean;
  /** The width of the terminal. */
  readonly columns?: number;
}

export interface CliResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line. */
export async function runCli(argv: readonly string[], world: CliWorld = {}): Promise<CliResult> {
  const { out, ...result } = await runCliForBytes(argv, world);
  return { ...result, out: out.toString() };
}

/** Runs a command line whose output is more than text. */
export async function runCliForBytes(
  argv: readonly string[],
  world: CliWorld = {},
): Promise<Omit<CliResult, 'out'> & { readonly out: Buffer }> {
  const { cwd = '/', env = {}, input = '', terminal = false, colors = false, columns = 80 } = world;
  const written = { out: [] as Buffer[], err: [] as Buffer[] };
  const writer = (name: 'out' | 'err'): Writer => ({
    write: (text) => {
      // A text or bytes: a copy, since bytes may be used again.
      written[name].push(Buffer.from(text as Uint8Array));
    },
    ready: async () => true,
    isTerminal: terminal,
    columns: terminal ? columns : undefined,
    colors,
  });
  const stream = Object.assign(Readable.from([Buffer.from(input)]), { isTTY: terminal });
  const context: CommandContext = {
    out: writer('out'),
    err: writer('err'),
    input: () => stream,
    cwd,
    env,
    flush: async () => {},
  };
  const code = await main(argv, context);
  return { code, out: Buffer.concat(written.out), err: Buffer.concat(written.err).toString() };
}

/** Makes a folder with these files, which is removed after the test. */
export async function folder(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'logcaster-cli-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), content);
  }
  return path;
}

/** A configuration without problems: two pipelines, one behind the other. */
export const GOOD = `
sources:
  tcp: { type: tcp, port: 9999 }
  web: { type: unix, path: ./web.sock }
pipelines:
  main:
    from: [tcp, web]
    through:
      - { type: filter, name: no-health, not: { word: GET /health } }
      - { type: set, fields: { service: checkout } }
    to: [ring, files]
  errors:
    from: main
    through:
      - { type: filter, regex: 'ERROR|FATAL' }
    to: errors
sinks:
  ring: { type: ring }
  files: { type: file, directory: ./logs }
  errors: { type: file, directory: ./errors, queue: { maxBytes: 1MiB, whenFull: dropOldest } }
`;

/** A plugin with a sink. It needs no module: the definition is written by hand. */
export const PLUGIN = `
const options = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value) => ({ value }),
    jsonSchema: {
      input: () => ({
        type: 'object',
        properties: { volume: { type: 'integer', minimum: 1, default: 3, description: 'How loud', unit: 'bars' } },
        additionalProperties: false,
      }),
    },
  },
};
export const shout = {
  kind: 'sink',
  apiVersion: 1,
  type: 'shout',
  summary: 'Prints lines in capitals.',
  options,
  examples: [{ title: 'Loud', yaml: 'type: shout\\nvolume: 11\\n' }],
  create: () => ({ write() {} }),
};
`;

/** A configuration with the sink of {@link PLUGIN}. */
export const WITH_PLUGIN = `
plugins: [./shout.js]
sources: { tcp: { type: tcp } }
pipelines: { main: { from: tcp, to: loud } }
sinks: { loud: { type: shout } }
`;
