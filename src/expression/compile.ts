/** Makes an expression that was read into what is asked of lines. */
import { LogCasterError } from '../core/errors.ts';
import { All, Any, Everything, Not, type Part, Word } from './parts.ts';
import type { Node } from './syntax.ts';

/** The part for a node. */
export function compile(node: Node): Part {
  switch (node.kind) {
    case 'everything':
      return new Everything();
    case 'word':
      return new Word(node.bytes);
    case 'and':
      return new All(node.parts.map(compile));
    case 'or':
      return new Any(node.parts.map(compile));
    case 'not':
      return new Not(compile(node.part));
    default:
      throw new LogCasterError('LC_EXPRESSION_INVALID', `conditions on a ${node.kind} are not there yet`);
  }
}
