/**
 * Flags of the command line that change a configuration. A flag names a component by its type: `--port` is the port of the
 * source of the type `tcp`, `--directory` the directory of the sink of the type `file`. Where there are several, the one that
 * has the name of the built-in pipeline (`tcp`, `ring`, `files`) is meant; without that it is not clear, and an error.
 */
import type { Report } from './diagnostics.ts';
import { formatPath, isMapping, type Path, valueAt } from './path.ts';
import { listOf } from './suggest.ts';

/** The flags, as they come from the command line. */
export interface ConfigFlags {
  readonly port?: number | string | undefined;
  readonly host?: string | undefined;
  readonly queryPort?: number | string | undefined;
  readonly queryHost?: string | undefined;
  readonly persist?: boolean | undefined;
  readonly directory?: string | undefined;
  /** A bare number is MiB. */
  readonly maxSize?: number | string | undefined;
  readonly durability?: string | undefined;
  readonly ringLines?: number | string | undefined;
  readonly ringBytes?: number | string | undefined;
  readonly logLevel?: string | undefined;
}

/** What a flag changed. */
export interface Override {
  /** `--port`. */
  readonly flag: string;
  /** `sources.tcp.port`. */
  readonly path: string;
  /** What was written; `undefined` for nothing. */
  readonly before: unknown;
  readonly after: unknown;
}

interface ComponentTarget {
  readonly section: 'sources' | 'sinks';
  readonly type: string;
  /** What the built-in pipeline calls it. */
  readonly name: string;
  readonly option: string;
}

interface FlagRule {
  readonly flag: string;
  readonly target: Path | ComponentTarget;
  readonly convert?: (value: unknown) => unknown;
}

const TCP = { section: 'sources', type: 'tcp', name: 'tcp' } as const;
const RING = { section: 'sinks', type: 'ring', name: 'ring' } as const;
const FILE = { section: 'sinks', type: 'file', name: 'files' } as const;

const RULES: Readonly<Record<Exclude<keyof ConfigFlags, 'persist'>, FlagRule>> = {
  port: { flag: '--port', target: { ...TCP, option: 'port' }, convert: toNumber },
  host: { flag: '--host', target: { ...TCP, option: 'host' } },
  queryPort: { flag: '--query-port', target: ['query', 'port'], convert: toNumber },
  queryHost: { flag: '--query-host', target: ['query', 'host'] },
  directory: { flag: '--directory', target: { ...FILE, option: 'directory' } },
  maxSize: { flag: '--max-size', target: { ...FILE, option: 'maxSize' }, convert: toMebibytes },
  durability: { flag: '--durability', target: { ...FILE, option: 'durability' } },
  ringLines: { flag: '--ring-lines', target: { ...RING, option: 'maxLines' }, convert: toNumber },
  ringBytes: { flag: '--ring-bytes', target: { ...RING, option: 'maxBytes' } },
  logLevel: { flag: '--log-level', target: ['log', 'level'] },
};

/** Changes `config` (which must be a copy) as the flags say; answers what was changed. Problems go to the report. */
export function applyFlags(config: Record<string, unknown>, flags: ConfigFlags, report: Report): Override[] {
  if (flags.persist && filesOf(config).length === 0) {
    report.error('LC_CONFIG_FLAG', {
      message: '--persist: this configuration has no sink of the type `file`',
      hint: 'add one under `sinks`, and name it in the `to` of a pipeline',
    });
  }
  const overrides: Override[] = [];
  for (const [name, rule] of Object.entries(RULES)) {
    const value = flags[name as keyof typeof RULES];
    if (value === undefined) continue;
    const path = isPath(rule.target) ? rule.target : findTarget(config, rule.flag, rule.target, report);
    if (!path) continue;
    const after = rule.convert ? rule.convert(value) : value;
    const before = valueAt(config, path);
    setAt(config, path, after);
    report.noteFlag(path, rule.flag);
    if (before !== after) overrides.push({ flag: rule.flag, path: formatPath(path), before, after });
  }
  return overrides;
}

function isPath(target: FlagRule['target']): target is Path {
  return Array.isArray(target);
}

function filesOf(config: Record<string, unknown>): string[] {
  return componentsOf(config, FILE);
}

function componentsOf(
  config: Record<string, unknown>,
  { section, type }: Pick<ComponentTarget, 'section' | 'type'>,
): string[] {
  const components = config[section];
  if (!isMapping(components)) return [];
  return Object.entries(components).flatMap(([name, each]) =>
    isMapping(each) && each['type'] === type ? [name] : [],
  );
}

function findTarget(
  config: Record<string, unknown>,
  flag: string,
  target: ComponentTarget,
  report: Report,
): Path | undefined {
  const { section, type, name, option } = target;
  const names = componentsOf(config, target);
  const found = names.length === 1 ? names[0] : names.find((each) => each === name);
  if (found !== undefined) return [section, found, option];
  const kind = section.slice(0, -1);
  report.error('LC_CONFIG_FLAG', {
    message:
      names.length === 0
        ? `${flag}: this configuration has no ${kind} of the type \`${type}\``
        : `${flag}: this configuration has several ${section} of the type \`${type}\`: ${listOf(names, 'and')}`,
    hint: names.length === 0 && type === 'file' ? 'add --persist (-P), or leave out the flag' : undefined,
  });
  return undefined;
}

function setAt(config: Record<string, unknown>, path: Path, value: unknown): void {
  let at = config;
  for (const key of path.slice(0, -1).map(String)) {
    const next = at[key];
    if (isMapping(next)) at = next;
    else at = at[key] = Object.create(null) as Record<string, unknown>;
  }
  at[String(path.at(-1))] = value;
}

function toNumber(value: unknown): unknown {
  return typeof value === 'string' && /^-?\d+(?:\.\d+)?$/.test(value) ? Number(value) : value;
}

function toMebibytes(value: unknown): unknown {
  return /^\d+(?:\.\d+)?$/.test(String(value)) ? `${String(value)}MiB` : value;
}
