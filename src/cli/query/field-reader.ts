/**
 * Reads what `--fields` asks for: fields of a line that is JSON or has pairs (`level=warn took=12`), by the names that expressions use,
 * and what is known of a line beside its text: `@time`, `@source`, `@peer`, `@file`, `@line`. A line of plain text has its `level`.
 */
import type { Fields, FieldValue, Origin } from '../../core/batch.ts';
import { FieldPath } from '../../core/field-path.ts';
import { formatTime } from '../../core/template.ts';
import { fieldReader, levelReader } from '../../expression/field-reader.ts';
import { startOfText } from '../../expression/fields/field-part.ts';

const OPEN_OBJECT = 123;

/** What is known of a line. */
export interface LineToRead {
  readonly bytes: Buffer;
  readonly receivedAt: number;
  readonly origin: Origin | undefined;
  readonly file: string | undefined;
}

/** Reads something of a line; `undefined` for a line that has none. */
type Reader = (line: LineToRead) => FieldValue | undefined;

const FACTS: Readonly<Record<string, Reader>> = {
  '@time': ({ receivedAt }) => formatTime(receivedAt) || undefined,
  '@source': ({ origin }) => origin?.source,
  '@peer': ({ origin }) => origin?.peer,
  '@file': ({ file }) => file,
  '@line': ({ bytes }) => bytes.toString(),
};

/** A function that reads some fields of a line, in their order. */
export function fieldsReader(names: readonly string[]): (line: LineToRead) => (FieldValue | undefined)[] {
  const readers = names.map((name) =>
    Object.hasOwn(FACTS, name) ? FACTS[name]! : { path: new FieldPath(name), find: finder(name) },
  );
  return (line) => {
    // A line is parsed once, whatever is read from it.
    let fields: Fields | undefined | null = null;
    return readers.map((reader) => {
      if (typeof reader === 'function') return reader(line);
      if (fields === null) fields = parseObject(line.bytes);
      // What can be parsed is the whole value, also of a list or an object.
      const value = fields ? reader.path.get(fields) : undefined;
      return value === undefined ? reader.find(line.bytes) : value;
    });
  };
}

function parseObject(line: Buffer): Fields | undefined {
  if (line[startOfText(line, 0, line.length)] !== OPEN_OBJECT) return undefined;
  try {
    return JSON.parse(line.toString()) as Fields;
  } catch {
    // Cut short, most likely: what stands before the cut is found all the same.
    return undefined;
  }
}

/** Finds a value where an expression would find it. */
function finder(name: string): (line: Buffer) => FieldValue | undefined {
  const readers = [fieldReader(Buffer.from(name)), ...(name === 'level' ? [levelReader()] : [])];
  return (line) => {
    for (const read of readers) {
      const text = read(line, 0, line.length);
      // A number that JavaScript writes as it was written is one.
      if (text !== undefined) return String(Number(text)) === text && text !== 'NaN' ? Number(text) : text;
    }
    return undefined;
  };
}
