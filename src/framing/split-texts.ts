/**
 * Texts out of a stream of bytes, one a line, for where strings are what is wanted: query commands, standard input, a
 * regular expression as the delimiter. It costs several times what {@link LineFramer} does, which is for all the rest.
 *
 * The work is split2's. It looks at the length of the unfinished line only, and forgets silently what grew too long; so
 * here every line is measured, and each that is too long is reported.
 */
import type { Transform } from 'node:stream';
import split from 'split2';

/** How a stream is split. */
export interface SplitTextsOptions {
  /** The longest line, in UTF-16 code units. What an unfinished line costs grows with it times the number of chunks. */
  readonly maxLength: number;
  /**
   * What stands between lines. @defaultValue `/\r?\n/`
   *
   * A delimiter of more than one character that is cut by the edge of a chunk is not seen inside of a line that is too
   * long already; and one of changing length, such as `/\n+/`, can be seen as two when it is cut.
   */
  readonly delimiter?: string | RegExp;
  /**
   * How bytes become characters. `latin1` makes one of each byte, so that `Buffer.from(text, 'latin1')` gives the bytes
   * back; under `utf8`, what is no UTF-8 becomes U+FFFD. @defaultValue `utf8`
   */
  readonly encoding?: 'utf8' | 'latin1';
  /** Called for each line that was too long; it is not among the texts. */
  readonly onTooLong?: () => void;
}

/**
 * Makes a stream that takes bytes and gives texts, one a line. As everywhere in LogCaster an empty line is a line, and so
 * is what stands behind the last delimiter, unless it is empty.
 *
 * @remarks Since 0.1.0
 * @example
 * ```ts
 * const texts = Readable.from([Buffer.from('one\ntwo')]).pipe(splitTexts({ maxLength: 1024 }));
 * for await (const text of texts) console.log(text); // prints: one, two
 * ```
 */
export function splitTexts(options: SplitTextsOptions): Transform {
  const { maxLength, delimiter = /\r?\n/, encoding = 'utf8', onTooLong } = options;
  if (!Number.isInteger(maxLength) || maxLength < 1) {
    throw new RangeError(`a line cannot be limited to ${maxLength} characters`);
  }
  const groups = delimiter instanceof RegExp ? countGroups(delimiter) : 0;
  // Whether the unfinished line is too long: split2 then forgets it up to the next delimiter, and never shows it to
  // `measure`, unless the stream ends first.
  let isTooLong = false;

  const matcher = {
    [Symbol.split](text: string): string[] {
      let texts = text.split(delimiter);
      // What a group of the delimiter matched stands between the lines, and is none.
      if (groups > 0) texts = texts.filter((_, index) => index % (groups + 1) === 0);
      if (isTooLong && texts.length === 1) return texts;
      if (isTooLong) onTooLong?.();
      isTooLong = texts.at(-1)!.length > maxLength;
      return texts;
    },
  };
  const measure = (text: string): string | undefined => {
    if (text.length <= maxLength) return text;
    onTooLong?.();
    return undefined;
  };
  const limits = { maxLength, skipOverflow: true };
  const stream = split(matcher, measure, limits);
  if (encoding === 'latin1') decodeLatin1(stream);
  return stream;
}

/**
 * Has split2 given strings, which it takes as they are, since bytes it would decode as UTF-8. What is written comes here as
 * bytes always.
 */
function decodeLatin1(stream: Transform): void {
  // oxlint-disable eslint/no-underscore-dangle -- so Node calls what makes a stream transform
  const transform = stream._transform.bind(stream);
  stream._transform = (chunk: Buffer, encoding, callback) =>
    transform(chunk.toString('latin1'), encoding, callback);
  // oxlint-enable eslint/no-underscore-dangle
}

function countGroups(delimiter: RegExp): number {
  // An alternative that is empty always matches.
  return new RegExp(`${delimiter.source}|`, delimiter.flags).exec('')!.length - 1;
}
