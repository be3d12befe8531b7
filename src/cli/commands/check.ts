/** `logcaster check`: checks a configuration without opening anything. */
import type { CollectorSettings } from '../../collector/collector.ts';
import type { LoadedCollector } from '../../collector/load-settings.ts';
import type { Diagnostic } from '../../config/diagnostics.ts';
import { CONFIG_FILES, discoverConfig } from '../../config/discover.ts';
import { diagnosticsToJson, summarizeDiagnostics } from '../../config/format-diagnostics.ts';
import { printable } from '../../config/printable.ts';
import { systemFileSystem } from '../../core/file-system.ts';
import { readDescriptorLimit } from '../../sources/socket/kernel-limits.ts';
import { type CommandContext, paint } from '../context.ts';
import { describeMemory, type MemoryPrediction, predictMemory } from '../doctor/memory.ts';
import { toPlan } from '../doctor/plan.ts';
import { EXIT } from '../exit-codes.ts';
import { formatCount } from '../format-count.ts';
import { reportDiagnostics } from '../load-for-command.ts';
import { loadFromFlags } from '../load-from-flags.ts';
import { UsageError } from '../usage-error.ts';

export interface CheckOptions {
  readonly config?: string;
  readonly denyWarnings?: boolean;
  readonly format?: 'text' | 'json';
}

export async function check(
  file: string | undefined,
  options: CheckOptions,
  context: CommandContext,
): Promise<number> {
  if (file !== undefined && options.config !== undefined) {
    throw new UsageError('two configurations are named', `check ${file}, or -c ${options.config}`);
  }
  const { name, diagnostics, parts, memory } = await load(file ?? options.config, context);
  const code = codeOf(diagnostics, options.denyWarnings === true);
  if (options.format === 'json') {
    const ok = code === EXIT.ok.code;
    const result = { file: name, ok, diagnostics: diagnosticsToJson(diagnostics), ...(memory && { memory }) };
    context.out.write(`${JSON.stringify(result, undefined, 2)}\n`);
    return code;
  }
  reportDiagnostics(diagnostics, context);
  const shown = name === undefined ? '' : `${printable(name)}: `;
  if (diagnostics.length === 0) {
    context.out.write(`${shown}${paint(context.out, 'green', 'good')}${parts}\n`);
  } else {
    context.err.write(`\n${shown}${summarizeDiagnostics(diagnostics)}\n`);
  }
  if (memory) context.out.write(`${describeMemory(memory)}\n`);
  return code;
}

interface Loaded {
  readonly name: string | undefined;
  readonly diagnostics: readonly Diagnostic[];
  readonly parts: string;
  /** What it may take; `undefined` if it is no configuration. */
  readonly memory?: MemoryPrediction;
}

async function load(file: string | undefined, context: CommandContext): Promise<Loaded> {
  const discovered = file === undefined ? await discoverConfig(context.cwd) : { file, diagnostics: [] };
  if (discovered.file === undefined) {
    const { diagnostics } = discovered;
    return { name: undefined, diagnostics: diagnostics.length > 0 ? diagnostics : [NOTHING_HERE], parts: '' };
  }
  const { loaded, settings } = await loadFromFlags({ config: discovered.file }, context);
  return {
    name: discovered.file,
    diagnostics: loaded.diagnostics,
    parts: describeParts(loaded),
    ...(settings && { memory: await predict(settings, context) }),
  };
}

async function predict(
  { topology, query }: CollectorSettings,
  { cwd }: CommandContext,
): Promise<MemoryPrediction> {
  const descriptorLimit = await readDescriptorLimit(systemFileSystem);
  return predictMemory(toPlan(topology, query, { cwd, descriptorLimit }));
}

const NOTHING_HERE: Diagnostic = {
  code: 'LC_CONFIG_NOT_FOUND',
  severity: 'error',
  message: `there is no configuration here: none of ${CONFIG_FILES.join(', ')}`,
  hint: 'name one: `logcaster check FILE`; `logcaster init` writes one to start from',
};

/** `: 1 source, 2 pipelines, 3 sinks`. */
function describeParts({ topology, settings }: LoadedCollector['loaded']): string {
  if (!topology) return '';
  const { sources, pipelines, sinks } = topology;
  const tests = settings?.sections.tests?.length ?? 0;
  const parts = [
    formatCount(sources.size, 'source'),
    formatCount(pipelines.size, 'pipeline'),
    formatCount(sinks.size, 'sink'),
    ...(tests > 0 ? [formatCount(tests, 'test')] : []),
  ];
  return `: ${parts.join(', ')}`;
}

function codeOf(diagnostics: readonly Diagnostic[], denyWarnings: boolean): number {
  if (diagnostics.some(({ severity }) => severity === 'error')) return EXIT.config.code;
  return diagnostics.length > 0 && denyWarnings ? EXIT.failed.code : EXIT.ok.code;
}
