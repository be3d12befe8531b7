/** What a collector answers comes out as it went in, however the connection cuts it up. */
import { Buffer } from 'node:buffer';
import { expect } from 'vitest';
import { readAnswer } from '../../../../src/cli/query/place/answer-reader.ts';
import type { FoundLines } from '../../../../src/core/search.ts';
import { linesAsJson } from '../../../../src/query/answering/format-json.ts';
import { originReader } from '../../../../src/query/answering/pieces.ts';
import { fc, test } from '../../../support/properties.ts';

interface Line {
  readonly bytes: Buffer;
  readonly time: number;
  readonly peer: string | undefined;
}

const line = fc.record({
  bytes: fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
  time: fc.constantFrom(0, 1_790_000_000_123, Number.NaN),
  peer: fc.constantFrom(undefined, 'a:1', 'b:2'),
});

function toFound(lines: readonly Line[]): FoundLines {
  const bounds: number[] = [];
  let at = 0;
  for (const { bytes } of lines) {
    bounds.push(at, at + bytes.length);
    at += bytes.length + 1;
  }
  return {
    bytes: Buffer.concat(lines.flatMap(({ bytes }) => [bytes, Buffer.of(10)])),
    bounds: Uint32Array.from(bounds),
    receivedAt: Float64Array.from(lines, ({ time }) => time),
    origins: lines.map(({ peer }, from) => ({ from, origin: { source: 'tcp', peer } })),
  };
}

function fromFound({ bytes, bounds, receivedAt, ...found }: FoundLines): Line[] {
  const originOf = originReader({ bytes, bounds, receivedAt, ...found });
  return Array.from(receivedAt, (time, index) => ({
    bytes: Buffer.from(bytes.subarray(bounds[index * 2], bounds[index * 2 + 1])),
    time,
    peer: originOf(index)?.peer,
  }));
}

test.prop([fc.array(line, { maxLength: 8 }), fc.integer({ min: 1, max: 50 })])(
  'lines and what is said',
  async (lines, size) => {
    const answer = Buffer.concat([
      ...linesAsJson(toFound(lines)),
      Buffer.from('{"summary":{"matched":1}}\n'),
    ]);
    async function* cut(): AsyncGenerator<Buffer> {
      for (let at = 0; at < answer.length; at += size) yield answer.subarray(at, at + size);
    }
    const read: Line[] = [];
    const said: unknown[] = [];
    for await (const part of readAnswer(cut(), 'somewhere')) {
      if (part.kind === 'lines') read.push(...fromFound(part.lines));
      else said.push(part.said);
    }
    expect(read).toEqual(lines);
    expect(said).toEqual([{ summary: { matched: 1 } }]);
  },
);

async function* only(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text);
}

test.each([
  ['{"error":{"code":"LC_QUERY_LIMIT","message":"too many","hint":"later"}}\n', 'somewhere says: too many'],
  ['ERROR: Unknown command\n', 'the collector on somewhere cannot search'],
  ['ERROR: Too many clients\n', 'it says: Too many clients'],
  ['HTTP/1.1 400 Bad Request\r\n', 'no query port of LogCaster'],
  ['null\n', 'no query port of LogCaster'],
  ['5\n', 'no query port of LogCaster'],
])('%j is an error', async (text, message) => {
  await expect(Array.fromAsync(readAnswer(only(text), 'somewhere'))).rejects.toThrow(message);
});

test('an object whose message is none is no line', async () => {
  const parts = await Array.fromAsync(
    readAnswer(only('{"message":5}\n{"message":"a","time":1}\n'), 'somewhere'),
  );
  expect(parts.map(({ kind }) => kind)).toEqual(['said', 'said']);
});
