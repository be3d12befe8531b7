/**
 * What there is to say about a component, as data: `logcaster describe --format json`, and what the texts for a terminal and
 * the pages of `docs/reference` are made of.
 */
import { jsonSchemaOf } from '../../config/schema-view.ts';
import {
  breakerSettings,
  creditSetting,
  deadLetterSetting,
  queueSettings,
  retrySettings,
} from '../../config/settings.ts';
import type {
  ComponentDefinition,
  ComponentExample,
  ComponentKind,
  Guarantees,
} from '../../core/component.ts';
import { type OptionRow, optionRows, toRow } from './option-rows.ts';

/** A component for its readers. */
export interface ComponentReference {
  readonly kind: ComponentKind;
  readonly type: string;
  readonly summary: string;
  /** Markdown. */
  readonly description?: string;
  readonly guarantees: Guarantees;
  readonly options: readonly OptionRow[];
  /** What every component of its kind has beside the options of its type. */
  readonly common: readonly OptionRow[];
  readonly examples: readonly ComponentExample[];
}

/** Collects what there is to say about a component. */
export function toReference(definition: ComponentDefinition): ComponentReference {
  const { kind, type, summary, description, guarantees = {}, options, examples } = definition;
  return {
    kind,
    type,
    summary,
    ...(description !== undefined && { description }),
    guarantees,
    options: optionRows(jsonSchemaOf(options)),
    common: commonOptions(kind),
    examples,
  };
}

/** What every component of a kind has. */
export function commonOptions(kind: ComponentKind): OptionRow[] {
  if (kind === 'operator') return [OPERATOR_NAME];
  const parts =
    kind === 'source'
      ? { credit: creditSetting }
      : {
          queue: queueSettings,
          retry: retrySettings,
          breaker: breakerSettings,
          deadLetter: deadLetterSetting,
        };
  return Object.entries(parts).flatMap(([name, part]) => {
    const schema = jsonSchemaOf(part);
    return [toRow(name, schema, schema, false), ...optionRows(schema, schema, `${name}.`)];
  });
}

const OPERATOR_NAME: OptionRow = {
  name: 'name',
  type: 'text',
  unit: 'name',
  required: false,
  description: 'Its name in the ledger; by default its type, numbered where that is taken',
  examples: [],
  secret: false,
};
