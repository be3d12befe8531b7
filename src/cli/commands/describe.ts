/** `logcaster describe`: all about a type of component. */
import { didYouMean, listOf } from '../../config/suggest.ts';
import type { ComponentKind } from '../../core/component.ts';
import type { Registry } from '../../core/registry.ts';
import type { CommandContext } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { loadRegistry } from '../load-registry.ts';
import { referenceToMarkdown } from '../reference/markdown.ts';
import { toReference } from '../reference/reference.ts';
import { referenceToText } from '../reference/text.ts';
import { UsageError } from '../usage-error.ts';

export interface DescribeOptions {
  readonly config?: string;
  readonly kind?: ComponentKind;
  readonly format?: 'text' | 'json' | 'markdown';
}

export async function describe(
  type: string,
  options: DescribeOptions,
  context: CommandContext,
): Promise<number> {
  const registry = await loadRegistry(options, context);
  if (!registry) return EXIT.config.code;
  const { kind, format } = options;
  // A type can be that of a source and of a sink: both are described.
  const references = registry
    .list(kind)
    .filter((definition) => definition.type === type)
    .map(toReference);
  if (references.length === 0) throw unknownType(type, kind, registry);
  if (format === 'json') {
    const shown = references.length === 1 ? references[0] : references;
    context.out.write(`${JSON.stringify(shown, undefined, 2)}\n`);
  } else {
    const texts = references.map((reference) =>
      format === 'markdown' ? referenceToMarkdown(reference) : referenceToText(reference, context.out),
    );
    context.out.write(texts.join('\n'));
  }
  return EXIT.ok.code;
}

function unknownType(type: string, kind: ComponentKind | undefined, registry: Registry): UsageError {
  const types = [...new Set(registry.list(kind).map((definition) => definition.type))];
  const other = registry.list().find((definition) => definition.type === type);
  const hint = other
    ? `\`${type}\` is ${other.kind === 'operator' ? 'an' : 'a'} ${other.kind}`
    : (didYouMean(type, types) ?? `there is ${listOf(types, 'and')}; those of plugins need -c`);
  return new UsageError(`there is no ${kind ?? 'component'} of the type \`${type}\``, hint);
}
