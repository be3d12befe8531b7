/**
 * Components made from their definitions, as a configuration makes them.
 */
import { parse } from 'yaml';
import type { Batch, Fields } from '../../src/core/batch.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { ComponentDefinition, OperatorDefinition } from '../../src/core/component.ts';
import { systemFileSystem } from '../../src/core/file-system.ts';
import { PipelineAccount, type PipelineStatement } from '../../src/core/ledger.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { OperatorChain } from '../../src/pipeline/operator/operator-chain.ts';

/** The context that every component gets. */
export const componentContext = {
  name: 'test',
  log: silentLogger,
  clock: systemClock,
  fs: systemFileSystem,
};

/** What a definition says of options: the checked ones, or the problems, each as `path: message`. */
export function checkOptions(
  definition: ComponentDefinition,
  options: unknown,
): { readonly value?: unknown; readonly problems: readonly string[] } {
  const result = definition.options['~standard'].validate(options);
  if (result instanceof Promise) throw new Error('the options are checked asynchronously');
  if (!result.issues) return { value: result.value, problems: [] };
  const problems = result.issues.map(({ path, message }) => {
    const keys = (path ?? []).map((key) => (typeof key === 'object' ? key.key : key));
    return `${keys.map(String).join('.')}: ${message}`;
  });
  return { problems };
}

/** Checked options; throws if there is a problem. */
export function checkedOptions(definition: ComponentDefinition, options: unknown): unknown {
  const { value, problems } = checkOptions(definition, options);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return value;
}

/** The options of each example of a definition, as they are written. */
export function exampleOptions(definition: ComponentDefinition): Record<string, unknown>[] {
  return definition.examples.map(({ yaml }) => {
    const { type, ...options } = parse(yaml) as { type: string };
    if (type !== definition.type) throw new Error(`an example of ${definition.type} has the type ${type}`);
    return options;
  });
}

/** What came out of an operator. */
export interface OperatorRun {
  readonly batches: readonly Batch[];
  readonly texts: readonly string[];
  /** The lines' bytes, in hexadecimal. */
  readonly hex: readonly string[];
  readonly fields: readonly (Fields | undefined)[];
  readonly statement: PipelineStatement;
}

/** Runs batches through an operator, in a chain with a ledger. */
export async function runOperator(
  definition: OperatorDefinition,
  options: unknown,
  ...inputs: readonly Batch[]
): Promise<OperatorRun> {
  const account = new PipelineAccount();
  const { name, ...seams } = componentContext;
  const node = { name: definition.type, definition, options: checkedOptions(definition, options), key: '' };
  const chain = new OperatorChain({ ...seams, name, operators: [node], account });
  account.inFlight.add(() => chain.held);
  const batches: Batch[] = [];
  chain.output$.subscribe((batch) => {
    batches.push(batch);
    account.offered += batch.length;
    batch.delivery.release();
  });
  await chain.start();
  for (const batch of inputs) {
    account.received += batch.length;
    chain.next(batch);
  }
  chain.complete();
  await chain.dispose();
  return {
    batches,
    texts: batches.flatMap((batch) => batch.texts()),
    hex: batches.flatMap((batch) =>
      Array.from({ length: batch.length }, (_, index) => batch.line(index).toString('hex')),
    ),
    fields: batches.flatMap((batch) =>
      Array.from({ length: batch.length }, (_, index) => batch.fields?.[index]),
    ),
    statement: account.toJSON(),
  };
}
