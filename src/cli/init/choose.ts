/** What a starter configuration is made of: chosen with flags, or asked for on a terminal. */
import { createInterface } from 'node:readline';
import { didYouMean, listOf } from '../../config/suggest.ts';
import type { ComponentDefinition, SinkDefinition, SourceDefinition } from '../../core/component.ts';
import type { Registry } from '../../core/registry.ts';
import { type CommandContext, paint } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { UsageError } from '../usage-error.ts';
import { wrap } from '../wrap.ts';

/** The components that were chosen. */
export interface Choice {
  readonly sources: readonly SourceDefinition[];
  readonly sinks: readonly SinkDefinition[];
}

const DEFAULTS = { source: 'tcp', sink: 'ring, file' } as const;

/**
 * Reads flags.
 *
 * @throws UsageError for types that there are not
 */
export function chooseByFlags(
  registry: Registry,
  { source = DEFAULTS.source, sink = DEFAULTS.sink }: { readonly source?: string; readonly sink?: string },
): Choice {
  return {
    sources: toDefinitions(registry, 'source', source) as SourceDefinition[],
    sinks: toDefinitions(registry, 'sink', sink) as SinkDefinition[],
  };
}

/**
 * Asks on a terminal, until the answers are good.
 *
 * @throws UsageError if the input ends before
 */
export async function chooseByAsking(registry: Registry, context: CommandContext): Promise<Choice> {
  const reader = createInterface({ input: context.input(), terminal: false });
  try {
    const lines = reader[Symbol.asyncIterator]();
    const ask = async (kind: 'source' | 'sink', question: string): Promise<ComponentDefinition[]> => {
      const { out } = context;
      out.write(`${paint(out, 'bold', question)}\n`);
      for (const { type, summary } of registry.list(kind)) {
        out.write(`${wrap(summary, { first: `  ${type.padEnd(10)} `, indent: ' '.repeat(13) })}\n`);
      }
      for (;;) {
        out.write(`One or several, with commas between [${DEFAULTS[kind]}]: `);
        const answer = await lines.next();
        if (answer.done === true) {
          throw new UsageError(
            'nothing was chosen',
            'answer the questions, or choose with flags',
            EXIT.failed.code,
          );
        }
        try {
          return toDefinitions(registry, kind, answer.value.trim() === '' ? DEFAULTS[kind] : answer.value);
        } catch (error) {
          const { message, hint } = error as UsageError;
          out.write(`${paint(out, 'yellow', `${message} (${hint})`)}\n`);
        }
      }
    };
    const sources = (await ask('source', 'Where do lines come from?')) as SourceDefinition[];
    const sinks = (await ask('sink', 'Where do they go?')) as SinkDefinition[];
    return { sources, sinks };
  } finally {
    reader.close();
  }
}

function toDefinitions(registry: Registry, kind: 'source' | 'sink', text: string): ComponentDefinition[] {
  const types = [...new Set(text.split(/[\s,]+/).filter((type) => type !== ''))];
  const known = registry.list(kind).map(({ type }) => type);
  if (types.length === 0) throw new UsageError(`no ${kind} is named`, `there is ${listOf(known, 'and')}`);
  return types.map((type) => {
    const definition = registry.find(kind, type);
    if (definition) return definition;
    const hint = didYouMean(type, known) ?? `there is ${listOf(known, 'and')}`;
    throw new UsageError(`there is no ${kind} of the type \`${type}\``, hint);
  });
}
