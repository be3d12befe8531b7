/** Reads the key by which a line is counted. */
import { Buffer } from 'node:buffer';
import type { FoundLines } from '../../core/search.ts';
import { fieldReader, levelReader, type ValueReader } from '../../expression/field-reader.ts';
import type { Grouping } from '../questions/question.ts';
import { originReader } from './pieces.ts';

/** Tells the key of a line; `undefined` for a line without. */
export type KeyOf = (line: number) => string | number | undefined;

/** A function that makes, for each piece of found lines, one that tells their keys; those must be asked for in order. */
export function keyReader(by: Grouping): (piece: FoundLines) => KeyOf {
  switch (by.kind) {
    case 'time':
      return (piece) => (line) => {
        const time = piece.receivedAt[line]!;
        return Number.isNaN(time) ? undefined : Math.floor(time / by.bucket) * by.bucket;
      };
    case 'origin':
      return (piece) => {
        const originOf = originReader(piece);
        return (line) => originOf(line)?.[by.part];
      };
    default:
      return valueKeys(by.kind === 'level' ? levelReader() : fieldReader(Buffer.from(by.name)));
  }
}

function valueKeys(read: ValueReader): (piece: FoundLines) => KeyOf {
  return ({ bytes, bounds }) =>
    (line) =>
      read(bytes, bounds[line * 2]!, bounds[line * 2 + 1]!);
}
