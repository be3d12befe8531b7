/** Makes an expression that was read into what is asked of lines. */
import { FactPart, TimePart } from './facts.ts';
import { FieldPart } from './fields/field-part.ts';
import { LevelPart } from './fields/level-part.ts';
import { GappedLiterals, toGappedTexts } from './gapped-literals.ts';
import { All, Any, Everything, Not, type Part, Word } from './parts.ts';
import { Regex } from './regex.ts';
import type { Node } from './syntax.ts';
import { WordPattern } from './word-pattern.ts';

/** The part for a node. */
export function compile(node: Node): Part {
  switch (node.kind) {
    case 'everything':
      return new Everything();
    case 'word':
      return new Word(node.bytes);
    case 'pattern':
      return new WordPattern(node.pattern);
    case 'regex': {
      const texts = toGappedTexts(node.regex.source, node.regex.flags);
      return texts ? new GappedLiterals(texts, new Regex(node.regex)) : new Regex(node.regex);
    }
    case 'field':
      return new FieldPart(node.name, node.value);
    case 'level':
      return new LevelPart(node.value);
    case 'fact':
      return new FactPart(node.fact, node.value);
    case 'time':
      return new TimePart(node.since, node.until);
    case 'and':
      return new All(node.parts.map(compile));
    case 'or':
      return new Any(node.parts.map(compile));
    default:
      return new Not(compile(node.part));
  }
}
