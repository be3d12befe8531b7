/** Reads the answer of a collector: an object a line. What has a `message` is a line; everything else the collector says itself. */
import { Buffer } from 'node:buffer';
import { LINE_FEED, type Origin } from '../../../core/batch.ts';
import { ERRORS, type ErrorCode, LogCasterError } from '../../../core/errors.ts';
import type { OriginRun } from '../../../core/search.ts';
import { streamRuns } from '../files/read-input.ts';
import type { ShownLines } from '../piece.ts';

/** What an answer consists of: lines, and what the collector says itself. */
export type AnswerPart =
  | { readonly kind: 'lines'; readonly lines: ShownLines }
  | { readonly kind: 'said'; readonly said: Readonly<Record<string, unknown>> };

interface LineObject {
  readonly time?: string;
  readonly source?: string;
  readonly peer?: string;
  readonly message: string;
  readonly messageBase64?: string;
}

/** Reads an answer. @throws LogCasterError for what the collector says is wrong, and `LC_CONNECT_FAILED` for what is no answer */
export async function* readAnswer(
  bytes: AsyncIterable<Uint8Array>,
  address: string,
): AsyncGenerator<AnswerPart, void, undefined> {
  const reader = new ObjectReader(address);
  for await (const { bytes: block } of streamRuns(bytes)) {
    for (let from = 0; from < block.length; ) {
      const end = block.indexOf(LINE_FEED, from);
      const said = reader.read(block.toString('utf8', from, end));
      from = end + 1;
      if (!said) continue;
      const lines = reader.take();
      if (lines) yield { kind: 'lines', lines };
      yield { kind: 'said', said };
    }
    const lines = reader.take();
    if (lines) yield { kind: 'lines', lines };
  }
}

/** Gathers lines. */
class ObjectReader {
  readonly #address: string;
  #texts: Buffer[] = [];
  #times: number[] = [];
  #origins: OriginRun[] = [];
  #timeText: string | undefined;
  #time = Number.NaN;
  #origin: Origin | undefined;

  constructor(address: string) {
    this.#address = address;
  }

  /** Takes a line of the answer; answers what the collector says itself. */
  read(text: string): Readonly<Record<string, unknown>> | undefined {
    let object: unknown;
    try {
      object = JSON.parse(text);
    } catch (error) {
      throw noAnswer(this.#address, text, error);
    }
    if (typeof object !== 'object' || object === null) throw noAnswer(this.#address, text);
    if (isLine(object)) {
      this.#add(object);
      return undefined;
    }
    const said = object as Readonly<Record<string, unknown>>;
    if ('error' in said) throw toError(said['error'], this.#address);
    return said;
  }

  /** The lines so far. */
  take(): ShownLines | undefined {
    if (this.#texts.length === 0) return undefined;
    const bounds = new Uint32Array(this.#texts.length * 2);
    let size = 0;
    this.#texts.forEach((text, index) => {
      bounds[index * 2] = size;
      bounds[index * 2 + 1] = size + text.length;
      size += text.length + 1;
    });
    const bytes = Buffer.alloc(size, LINE_FEED);
    this.#texts.forEach((text, index) => text.copy(bytes, bounds[index * 2]));
    const lines = { bytes, bounds, receivedAt: Float64Array.from(this.#times), origins: this.#origins };
    this.#texts = [];
    this.#times = [];
    this.#origins = [];
    return lines;
  }

  #add({ time, source, peer, message, messageBase64 }: LineObject): void {
    // Neighbours often have them in common.
    if (time !== this.#timeText) {
      this.#timeText = time;
      this.#time = time === undefined ? Number.NaN : Date.parse(time);
    }
    if (source !== this.#origin?.source || peer !== this.#origin?.peer) {
      this.#origin = source === undefined ? undefined : { source, ...(peer !== undefined && { peer }) };
    }
    if (this.#origins.at(-1)?.origin !== this.#origin || this.#origins.length === 0) {
      this.#origins.push({ from: this.#texts.length, origin: this.#origin });
    }
    this.#times.push(this.#time);
    this.#texts.push(
      messageBase64 === undefined ? Buffer.from(message) : Buffer.from(messageBase64, 'base64'),
    );
  }
}

function isLine(object: object): object is LineObject {
  const { message, time, source, peer, messageBase64 } = object as Readonly<Record<string, unknown>>;
  return typeof message === 'string' && [time, source, peer, messageBase64].every(isTextOrNone);
}

function isTextOrNone(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

function toError(said: unknown, address: string): LogCasterError {
  const { code, message, hint } = (said ?? {}) as { code?: unknown; message?: unknown; hint?: unknown };
  const known =
    typeof code === 'string' && Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : 'LC_CONNECT_FAILED';
  return new LogCasterError(known, `${address} says: ${String(message)}`, {
    ...(typeof hint === 'string' && { hint }),
  });
}

/** What was answered in another way: by a collector that cannot, or by somebody else. */
function noAnswer(address: string, text: string, cause?: unknown): LogCasterError {
  const said = /^ERROR: (.*)/.exec(text)?.[1];
  if (said === 'Unknown command') {
    const hint = 'It is older than this command: update it, or ask it with QUERY keyword=…';
    return new LogCasterError('LC_CONNECT_FAILED', `the collector on ${address} cannot search`, {
      cause,
      hint,
    });
  }
  const what =
    said === undefined ? 'what answers is no query port of LogCaster, or broke off' : `it says: ${said}`;
  return new LogCasterError('LC_CONNECT_FAILED', `no answer from ${address}: ${what}`, { cause });
}
