/** What an operator of a configuration asks of a line, on one line. */
import type { Topology } from '../../pipeline/topology.ts';
import { brieflyOperator } from '../briefly.ts';

/** `filter (word: ERROR)`; its type stands before it where its name is another word. */
export function describeOperator(
  { topology, redacted }: { readonly topology: Topology; readonly redacted: unknown },
  { pipeline, index }: { readonly pipeline: string; readonly index: number },
): string {
  const { name, definition } = topology.pipelines.get(pipeline)!.through[index]!;
  const condition = brieflyOperator(redacted, pipeline, index);
  const type = definition.type === name ? '' : definition.type;
  const facts = [type, condition].filter(Boolean).join(' ');
  return facts === '' ? name : `${name} (${facts})`;
}
