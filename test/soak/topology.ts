/**
 * Makes of any configuration one that a soak can run: on free ports, in directories of its own, with the clock shim's and the
 * judge's needs. And says of each sink what the judge may expect of it.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, extname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parse } from 'yaml';
import type { Suffix } from './decode.ts';
import type { Target } from './journal.ts';

const LOWEST_PORT = 12_000;
const HIGHEST_PORT = 32_000;

type Part = Record<string, unknown>;

/** A configuration as it is written. */
export interface Written {
  sources: Record<string, Part>;
  pipelines: Record<string, Part>;
  sinks: Record<string, Part>;
  plugins?: unknown[];
  query?: Part;
  log?: Part;
  shutdown?: Part;
}

/** What is known of a sink before the run. */
export interface JudgedSink {
  readonly name: string;
  /** How its lines are read back: from a log directory, from the files of the slow sink, by a query. */
  readonly kind: 'file' | 'slow' | 'ring';
  /** Where its files are, and what they end in. */
  readonly directory: string;
  readonly suffix: Suffix;
  /** Whether it may not lose a line that it was offered. */
  readonly lossless: boolean;
  /** Whether it may have lines twice that it was given again after a kill: what was in its spill. */
  readonly mayRepeat: boolean;
  /** The sources whose lines it gets. */
  readonly sources: readonly string[];
}

export interface Prepared {
  readonly config: Written;
  readonly targets: readonly Target[];
  readonly queryPort: number;
  readonly sinks: readonly JudgedSink[];
  /** What was changed or cannot be judged, for people. */
  readonly notes: readonly string[];
  /** The file that the slow sink looks at, if there is one; and that of the one with a spill. */
  readonly control: string;
  readonly spillControl: string;
  /** Where the dead letters of the slow sink are, if there is one. */
  readonly deadLetters: string | undefined;
}

/** The configuration of a soak that is not told of another. */
export const DEFAULT_CONFIG: Written = {
  sources: { tcp: { type: 'tcp' }, unix: { type: 'unix', path: './soak.sock' } },
  pipelines: { main: { from: ['tcp', 'unix'], to: ['ring', 'files', 'lossy', 'packed'] } },
  sinks: {
    ring: { type: 'ring', maxLines: 5000, refillFrom: 'files' },
    files: { type: 'file', directory: './files', maxSize: '192KiB' },
    lossy: {
      type: 'file',
      directory: './lossy',
      maxSize: '128KiB',
      durability: 'always',
      queue: { maxBytes: '64KiB', whenFull: 'dropOldest' },
    },
    packed: { type: 'archive', directory: './packed', maxSize: '128KiB', frameSize: '16KiB' },
  },
  shutdown: { timeout: '8s' },
};

export async function readConfig(path: string): Promise<Written> {
  const file = resolve(path);
  const value = ['.ts', '.js', '.mjs', '.mts'].includes(extname(file))
    ? ((await import(pathToFileURL(file).href)) as { default: Written }).default
    : (parse(readFileSync(file, 'utf8')) as Written);
  const config = structuredClone(value);
  config.plugins = (config.plugins ?? []).map((plugin) =>
    typeof plugin === 'string' && plugin.startsWith('.') ? resolve(dirname(file), plugin) : plugin,
  );
  return config;
}

/** Prepares a configuration for a run whose files are all below `home`; `slow` adds the slow sink to the first pipeline. */
export async function prepare(given: Written, home: string, options: { slow: boolean }): Promise<Prepared> {
  const config = structuredClone(given);
  const notes: string[] = [];
  const targets: Target[] = [];
  for (const [name, source] of Object.entries(config.sources)) {
    if (source['type'] === 'tcp') {
      const port = await freePort();
      Object.assign(source, { host: '127.0.0.1', port });
      targets.push({ source: name, host: '127.0.0.1', port });
    } else if (source['type'] === 'unix') {
      source['path'] = join(home, `${name}.sock`);
      targets.push({ source: name, path: source['path'] as string });
    } else {
      notes.push(`source ${name}: nothing is sent to sources of the type ${String(source['type'])}`);
    }
  }
  const queryPort = await freePort();
  config.query = { ...config.query, enabled: true, host: '127.0.0.1', port: queryPort };
  config.log = { ...config.log, level: 'info' };
  const control = join(home, 'slow.control');
  const spillControl = join(home, 'spill.control');
  if (options.slow) {
    config.plugins = [...(config.plugins ?? []), fileURLToPath(new URL('slow-sink.ts', import.meta.url))];
    config.sinks['soakSlow'] = {
      type: 'soak-slow',
      directory: join(home, 'slow'),
      control,
      queue: { maxBytes: '128KiB', whenFull: 'dropOldest' },
      deadLetter: 'soakDead',
    };
    config.sinks['soakDead'] = { type: 'file', directory: './dead' };
    config.sinks['soakSpill'] = {
      type: 'soak-slow',
      directory: join(home, 'spilling'),
      control: spillControl,
      queue: {
        maxBytes: '64KiB',
        whenFull: 'spill',
        spill: { directory: join(home, 'spill'), maxBytes: '16MiB' },
      },
    };
    // Only one: what comes on two ways would be there twice.
    const first = Object.values(config.pipelines).find(({ to }) => to !== undefined);
    if (first) first['to'] = [...listOf(first['to']), 'soakSlow', 'soakSpill'];
  }
  const sinks: JudgedSink[] = [];
  for (const [name, sink] of Object.entries(config.sinks)) {
    const judged = prepareSink(config, name, sink, home, notes);
    if (judged) sinks.push(judged);
  }
  const deadLetters = config.sinks['soakDead']?.['directory'] as string | undefined;
  return { config, targets, queryPort, sinks, notes, control, spillControl, deadLetters };
}

const KINDS: ReadonlyMap<unknown, JudgedSink['kind']> = new Map([
  ['file', 'file'],
  ['archive', 'file'],
  ['ring', 'ring'],
  ['soak-slow', 'slow'],
]);

function prepareSink(
  config: Written,
  name: string,
  sink: Part,
  home: string,
  notes: string[],
): JudgedSink | undefined {
  const kind = KINDS.get(sink['type']);
  const feed = feedOf(config, name);
  if (typeof sink['directory'] === 'string') sink['directory'] = join(home, 'sinks', name);
  if (sink['retention'] !== undefined) {
    delete sink['retention'];
    notes.push(`sink ${name}: without its retention, since the judge has to see every file`);
  }
  // What rejected lines become is looked at for itself.
  if (feed.sources.size === 0) return undefined;
  if (kind === undefined) {
    notes.push(`sink ${name}: what sinks of the type ${String(sink['type'])} store is not judged`);
    return undefined;
  }
  if (feed.changed || (sink['encoding'] !== undefined && sink['encoding'] !== 'line')) {
    notes.push(`sink ${name}: not judged, since operators or an encoding change its lines`);
    return undefined;
  }
  const queue = sink['queue'] as (Part & { readonly spill?: Part }) | undefined;
  const spills = queue?.['whenFull'] === 'spill';
  const whenFull = (spills ? queue.spill?.['whenFull'] : queue?.['whenFull']) ?? 'block';
  return {
    name,
    kind,
    directory: (sink['directory'] as string | undefined) ?? '',
    suffix: sink['type'] !== 'archive' ? '.log' : sink['compression'] === 'gzip' ? '.log.gz' : '.log.zst',
    lossless: whenFull === 'block',
    mayRepeat: spills,
    sources: [...feed.sources],
  };
}

/** The sources whose lines come to a sink, and whether operators stand on the way. */
function feedOf(config: Written, sink: string): { sources: Set<string>; changed: boolean } {
  const sources = new Set<string>();
  let changed = false;
  const follow = (pipeline: Part): void => {
    if (listOf(pipeline['through']).length > 0) changed = true;
    for (const from of listOf(pipeline['from'])) {
      const before = config.pipelines[from];
      if (before) follow(before);
      else sources.add(from);
    }
  };
  const feeding = Object.values(config.pipelines).filter(({ to }) => listOf(to).includes(sink));
  for (const pipeline of feeding) follow(pipeline);
  // A line that comes on two ways is there twice.
  return { sources, changed: changed || feeding.length !== 1 };
}

function listOf(value: unknown): string[] {
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]) as string[];
}

/**
 * A port that is free now and stays so, as good as it gets, while the collector is dead: below those that the system gives to
 * connections. A sender that tries to connect to one of those can even reach itself.
 */
async function freePort(): Promise<number> {
  for (;;) {
    const port = LOWEST_PORT + Math.floor(Math.random() * (HIGHEST_PORT - LOWEST_PORT));
    const server = createServer();
    const isFree = await new Promise<boolean>((answer) => {
      server.once('error', () => answer(false));
      server.listen(port, '127.0.0.1', () => server.close(() => answer(true)));
    });
    if (isFree) return port;
  }
}
