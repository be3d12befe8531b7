/** The bench's own source, operator and sink, in place of those that are not under test. */
import type { Observable } from 'rxjs';
import type { Batch } from '../core/batch.ts';
import {
  defineOperator,
  defineSink,
  defineSource,
  type OperatorDefinition,
  type OptionsSchema,
  type SinkDefinition,
  type SourceContext,
  type SourceDefinition,
} from '../core/component.ts';

const options: OptionsSchema = {
  '~standard': {
    version: 1,
    vendor: 'logcaster',
    validate: (value) => ({ value }),
    jsonSchema: { input: () => ({}) },
  },
};

const common = { type: 'bench', summary: 'Belongs to the bench.', options, examples: [] };

/** A source that emits what it is told to. */
export function pushedSource(
  batches$: Observable<Batch>,
  stop: () => void,
  onContext: (context: SourceContext) => void,
): SourceDefinition {
  return defineSource({
    ...common,
    create: (_, context) => {
      onContext(context);
      return { batches$, stop };
    },
  });
}

/** An operator that tells of each batch. */
export function tellingOperator(tell: (batch: Batch) => void): OperatorDefinition {
  return defineOperator({
    ...common,
    create: () => ({
      transform: (batch) => {
        tell(batch);
        return batch;
      },
    }),
  });
}

/** A sink that does with each batch what it is told to. */
export function tellingSink(write: (batch: Batch) => Promise<void> | undefined): SinkDefinition {
  return defineSink({ ...common, create: () => ({ write }) });
}
