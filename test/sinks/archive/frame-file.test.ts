import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { type Placed, walkFrames } from '../../../src/core/compressed/walk-frames.ts';
import type { OpenFile } from '../../../src/core/file-system.ts';
import { CODECS } from '../../../src/sinks/archive/codec.ts';
import { frameFormat } from '../../../src/sinks/archive/frame-file.ts';
import { fc, test } from '../../support/properties.ts';

const codec = CODECS.zstd;
const format = frameFormat(codec);

/** A file that is in memory and can only be read. */
function fileOf(bytes: Buffer): OpenFile {
  const read: OpenFile['read'] = async (buffer, offset, length, position) => {
    const part = bytes.subarray(position, position + length);
    buffer.set(part, offset);
    return { bytesRead: part.length };
  };
  return { read } as Partial<OpenFile> as OpenFile;
}

async function makeFrame(lines: number, isRandom = false): Promise<Buffer> {
  const raw = isRandom ? randomBytes(lines) : Buffer.from('a line\n'.repeat(lines));
  const body = await codec.compress(raw, 1);
  const length = codec.head.length + body.length;
  return Buffer.concat([codec.head.write({ length, rawLength: raw.length, lines, receivedAt: 0 }), body]);
}

type Part = { readonly lines: number } | { readonly junk: Uint8Array };

/** Frames, with bytes between some of them that are none. */
const parts: fc.Arbitrary<Part[]> = fc.array(
  fc.oneof(
    fc.record({ lines: fc.integer({ min: 1, max: 5 }) }),
    fc.record({
      junk: fc.oneof(
        fc.uint8Array({ minLength: 1, maxLength: 100 }),
        // What begins like a frame, and is none.
        fc.nat(60).map((length) => Buffer.concat([codec.head.signature, Buffer.alloc(length)])),
        fc.nat(11).map((length) => codec.head.signature.subarray(0, length + 1)),
      ),
    }),
  ),
  { maxLength: 8 },
);

test.prop([parts, fc.nat(50)], { numRuns: 100 })(
  'frames are found whatever stands between them, and the end behind the last one that is whole',
  async (layout, cut) => {
    const pieces: Buffer[] = [];
    const expected: Placed[] = [];
    let at = 0;
    let junk = 0;
    for (const part of layout) {
      if ('lines' in part) {
        const frame = await makeFrame(part.lines);
        if (junk > 0) expected.push({ kind: 'damaged', offset: at - junk, length: junk });
        const { lines } = part;
        expected.push({
          kind: 'frame',
          offset: at,
          length: frame.length,
          rawLength: lines * 7,
          lines,
          receivedAt: 0,
        });
        pieces.push(frame);
        at += frame.length;
        junk = 0;
      } else {
        pieces.push(Buffer.from(part.junk));
        at += part.junk.length;
        junk += part.junk.length;
      }
    }
    const torn = (await makeFrame(3)).subarray(0, cut);
    // With its whole head it is told from what is damaged.
    if (junk > 0 && cut >= codec.head.length)
      expected.push({ kind: 'damaged', offset: at - junk, length: junk });
    const file = fileOf(Buffer.concat([...pieces, torn]));
    const size = at + torn.length;
    expect(await Array.fromAsync(walkFrames(file, codec.head, 0, size))).toEqual(expected);
    const frames = expected.filter((placed) => placed.kind === 'frame');
    const last = frames.at(-1);
    expect(await format.findEnd(file, size)).toBe(last ? last.offset + last.length : 0);
    expect(await format.countLines(file, 0, size)).toBe(frames.reduce((sum, { lines }) => sum + lines, 0));
  },
);

test('a signature that begins in one block of what is read and ends in the next is found', async () => {
  const frame = await makeFrame(2);
  // The search reads blocks of 256 KiB, and begins one byte behind the place where a frame was expected.
  for (const before of [262_139, 262_140, 262_144, 262_145, 262_150]) {
    const file = fileOf(Buffer.concat([Buffer.alloc(before, 0x5c), frame]));
    const placed = await Array.fromAsync(walkFrames(file, codec.head, 0, before + frame.length));
    expect(placed.map(({ kind, offset }) => [kind, offset])).toEqual([
      ['damaged', 0],
      ['frame', before],
    ]);
  }
});

test.each([
  ['large', 200_000, 110],
  ['small', 1, 20],
])('the walk over %s frames reads little, and not often', async (_, lines, most) => {
  const frame = await makeFrame(lines, lines > 1);
  const bytes = Buffer.concat(Array.from({ length: 100 }, () => frame));
  const file = fileOf(bytes);
  let read = 0;
  let reads = 0;
  const counting: OpenFile = {
    ...file,
    read: (buffer, offset, length, position) => {
      read += length;
      reads++;
      return file.read(buffer, offset, length, position);
    },
  };
  expect(await format.findEnd(counting, bytes.length)).toBe(bytes.length);
  expect(reads).toBeLessThan(most);
  const heads = lines > 1 ? 100 * codec.head.length : bytes.length;
  expect(read).toBeLessThan(heads + 3 * frame.length);
});

test('a frame that cannot be read stops the search for the end: nothing is moved apart for that', async () => {
  const frame = await makeFrame(1);
  const failing: OpenFile = {
    ...fileOf(frame),
    read: () => Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO' })),
  };
  await expect(format.findEnd(failing, frame.length)).rejects.toThrow('EIO');
  const failingLater: OpenFile = {
    ...failing,
    read: (buffer, ...more) =>
      buffer.length > codec.head.length ? failing.read(buffer, ...more) : fileOf(frame).read(buffer, ...more),
  };
  await expect(format.findEnd(failingLater, frame.length)).rejects.toThrow('EIO');
  expect(await format.countLines(failing, 0, frame.length)).toBe(0);
});
