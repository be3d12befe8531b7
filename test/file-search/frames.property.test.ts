/** Scans of a file of frames against a naive search: either way round, by time, whatever the index says and whatever is damaged. */
import { Buffer } from 'node:buffer';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import { expect } from 'vitest';
import { FRAME_HEADS } from '../../src/core/compressed/frame.ts';
import type { TimeBlock } from '../../src/core/log-directory/time-index.ts';
import { parseExpression } from '../../src/expression/expression.ts';
import { scanFile } from '../../src/file-search/scan-file.ts';
import { fc, test } from '../support/properties.ts';
import { memoryFile } from './memory-file.ts';

const CHECKSUM = { [constants.ZSTD_c_checksumFlag]: 1 };

type Compression = 'gzip' | 'zstd';

interface Line {
  readonly text: string;
  readonly time: number;
}

function toFrame(kind: Compression, lines: readonly Line[]): Buffer {
  const raw = Buffer.from(lines.map(({ text }) => `${text}\n`).join(''), 'latin1');
  const body = kind === 'gzip' ? gzipSync(raw).subarray(10) : zstdCompressSync(raw, { params: CHECKSUM });
  const head = FRAME_HEADS[kind];
  const length = head.length + body.length;
  const receivedAt = Math.max(...lines.map(({ time }) => time));
  return Buffer.concat([
    head.write({ length, rawLength: raw.length, lines: lines.length, receivedAt }),
    body,
  ]);
}

const someFrames = fc.array(
  fc.record({
    lines: fc.array(fc.tuple(fc.stringMatching(/^[abn ]{0,9}$/), fc.nat(20)), { minLength: 1, maxLength: 5 }),
    base: fc.nat(100),
    /** What the index knows: of this frame alone, of it and those behind, or nothing. */
    known: fc.constantFrom('alone', 'joined', 'nothing'),
    damaged: fc.boolean(),
  }),
  { maxLength: 12 },
);

const border = fc.option(fc.nat(130), { nil: undefined });
const iso = (time: number) => new Date(time).toISOString();

test.prop(
  [
    someFrames,
    fc.constantFrom('gzip' as const, 'zstd' as const),
    border,
    border,
    fc.constantFrom('oldest' as const, 'newest' as const),
    fc.boolean(),
    fc.boolean(),
    fc.boolean(),
  ],
  { numRuns: 400 },
)(
  'finds each line once, in order, and at least what came at that time',
  async (made, kind, since, until, order, mayBlock, inExpression, mayBeDamaged) => {
    const parts: Buffer[] = [];
    const blocks: TimeBlock[] = [];
    const lines: (Line & { readonly newest: number })[] = [];
    let end = 0;
    let isFirst = true;
    for (const { lines: texts, base, known, damaged } of made) {
      const own = texts.map(([text, offset], index) => ({
        text: `${lines.length + index} ${text}`,
        time: base + offset,
      }));
      const frame = toFrame(kind, own);
      // The last four bytes of both are about what it holds. The first is what tells that these are frames.
      if (damaged && mayBeDamaged && !isFirst) frame[frame.length - 2]! ^= 0x55;
      else {
        const newest = Math.max(...own.map(({ time }) => time));
        lines.push(...own.map((line) => ({ ...line, newest })));
      }
      isFirst = false;
      parts.push(frame);
      end += frame.length;
      const oldest = Math.min(...own.map(({ time }) => time));
      const newest = Math.max(...own.map(({ time }) => time));
      const last = blocks.at(-1);
      if (known === 'nothing')
        blocks.push({
          end,
          lines: Number.NaN,
          oldest: Number.NEGATIVE_INFINITY,
          newest: Number.POSITIVE_INFINITY,
        });
      else if (known === 'joined' && last) {
        blocks[blocks.length - 1] = {
          end,
          lines: last.lines + own.length,
          oldest: Math.min(last.oldest, oldest),
          newest: Math.max(last.newest, newest),
        };
      } else blocks.push({ end, lines: own.length, oldest, newest });
    }
    const bytes = Buffer.concat(parts);
    const bounds = { since: since ?? Number.NEGATIVE_INFINITY, until: until ?? Number.POSITIVE_INFINITY };
    const expression = [
      'NOT nn',
      ...(since === undefined ? [] : [`since:"${iso(since)}"`]),
      ...(until === undefined ? [] : [`until:"${iso(until)}"`]),
    ].join(' ');
    const tally = { lines: 0, bytes: 0, matched: 0 };
    const warnings: string[] = [];
    const found: string[] = [];
    const init = {
      condition: inExpression ? parseExpression(expression, { now: 0 }).condition : undefined,
      query: { ...bounds, order, mayBlock, countOnly: false, maxBytes: 2 ** 30 },
      tally,
      warn: (message: string) => void warnings.push(message),
    };
    const target = { name: 'file', size: bytes.length, blocks, compression: kind, frames: true };
    for await (const piece of scanFile(memoryFile(bytes), target, init)) {
      for (let at = 0; at < piece.bounds.length; at += 2)
        found.push(piece.bytes.toString('latin1', piece.bounds[at], piece.bounds[at + 1]));
    }
    const ordered = (order === 'newest' ? lines.toReversed() : lines).filter(
      ({ text }) => !inExpression || !text.includes('nn'),
    );
    const must = ordered.filter(({ time }) => time >= bounds.since && time < bounds.until);
    // What a head says is always known: nothing of a frame of earlier times.
    const may = ordered.filter(({ newest }) => newest >= bounds.since).map(({ text }) => text);
    const isMust = new Set(must.map(({ text }) => text));
    expect(found.filter((text) => isMust.has(text))).toEqual(must.map(({ text }) => text));
    const isFound = new Set(found);
    expect(may.filter((text) => isFound.has(text))).toEqual(found);
    expect(tally.matched).toBe(found.length);
    if (!mayBeDamaged) expect(warnings).toEqual([]);
  },
);
