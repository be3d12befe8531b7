/** Reads lines of a stream, as bytes: a line feed ends a line, one carriage return before it belongs to it. */

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/** The most bytes that are read. */
const MOST_BYTES = 64 * 2 ** 20;

export interface ReadLines {
  readonly lines: readonly Buffer[];
  /** There was more. */
  readonly isCut: boolean;
}

/** Reads at most `most` lines. */
export async function readLines(stream: NodeJS.ReadableStream, most: number): Promise<ReadLines> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    chunks.push(Buffer.from(chunk as Uint8Array | string));
    size += chunks.at(-1)!.length;
    if (size > MOST_BYTES) break;
  }
  const bytes = Buffer.concat(chunks);
  const lines: Buffer[] = [];
  let at = 0;
  while (at < bytes.length && lines.length < most) {
    const found = bytes.indexOf(LINE_FEED, at);
    const end = found === -1 ? bytes.length : found;
    const isPair = found !== -1 && end > at && bytes[end - 1] === CARRIAGE_RETURN;
    lines.push(bytes.subarray(at, isPair ? end - 1 : end));
    at = end + 1;
  }
  return { lines, isCut: at < bytes.length || size > MOST_BYTES };
}
