/** Scans of one file against a naive search: plain and compressed, forwards and backwards, whatever the lines and the times are. */
import { Buffer } from 'node:buffer';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { expect } from 'vitest';
import type { TimeBlock } from '../../src/core/log-directory/time-index.ts';
import { parseExpression } from '../../src/expression/expression.ts';
import type { FileQuery, FileToScan } from '../../src/file-search/file-to-scan.ts';
import { scanFile } from '../../src/file-search/scan-file.ts';
import { fc, test } from '../support/properties.ts';
import { memoryFile } from './memory-file.ts';

const UNBOUNDED = { since: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY };

interface Scanned {
  readonly lines: string[];
  readonly times: number[];
  readonly tally: { lines: number; bytes: number; matched: number };
  readonly warnings: string[];
}

async function scan(
  bytes: Buffer,
  target: Partial<FileToScan>,
  query: Partial<FileQuery>,
  where?: string,
): Promise<Scanned> {
  const tally = { lines: 0, bytes: 0, matched: 0 };
  const found: Scanned = { lines: [], times: [], tally, warnings: [] };
  const whole = {
    ...UNBOUNDED,
    order: 'oldest',
    countOnly: false,
    maxBytes: 2 ** 30,
    maxRatio: 1000,
  } as const;
  const init = {
    condition: where === undefined ? undefined : parseExpression(where, { now: 0 }).condition,
    query: { ...whole, ...query },
    tally,
    warn: (message: string) => void found.warnings.push(message),
  };
  const file = { name: 'file', size: bytes.length, blocks: [], ...target };
  for await (const piece of scanFile(memoryFile(bytes), file, init)) {
    piece.receivedAt.forEach((time, index) => {
      const [start, end] = [piece.bounds[index * 2]!, piece.bounds[index * 2 + 1]!];
      expect(piece.bytes[end]).toBe(10);
      found.lines.push(piece.bytes.toString('latin1', start, end));
      found.times.push(time);
    });
  }
  return found;
}

const aLine = fc.oneof(
  { weight: 8, arbitrary: fc.stringMatching(/^[abn ]{0,12}$/) },
  { weight: 1, arbitrary: fc.constantFrom('', '\r', 'needle\r', '\u00ff\u0000needle') },
  { weight: 1, arbitrary: fc.stringMatching(/^[ab]{50,90}$/).map((text) => `${text}needle`) },
);
const lines = fc.array(fc.oneof(aLine, fc.constant('a needle')), { maxLength: 40 });

function compress(
  content: Buffer,
  kind: string,
  cut: number,
): { bytes: Buffer; compression?: 'gzip' | 'zstd' } {
  const parts = [content.subarray(0, cut), content.subarray(cut)];
  if (kind === 'gzip')
    return { bytes: Buffer.concat(parts.map((part) => gzipSync(part))), compression: 'gzip' };
  if (kind === 'zstd')
    return { bytes: Buffer.concat(parts.map((part) => zstdCompressSync(part))), compression: 'zstd' };
  return { bytes: content };
}

test.prop(
  [
    lines,
    fc.boolean(),
    fc.constantFrom('plain', 'gzip', 'zstd'),
    fc.constantFrom('oldest' as const, 'newest' as const),
    fc.constantFrom(undefined, 'needle', 'NOT needle'),
    fc.record({ readBytes: fc.integer({ min: 1, max: 60 }), turnedBytes: fc.integer({ min: 1, max: 60 }) }),
    fc.nat(200),
  ],
  { numRuns: 300 },
)('finds what a naive search finds', async (all, endsWithLineFeed, kind, order, where, tuning, cut) => {
  const content = Buffer.from(all.join('\n') + (endsWithLineFeed && all.length > 0 ? '\n' : ''), 'latin1');
  const own = content.length === 0 ? [] : all;
  // An empty line without a line feed at the end is none.
  const expected = (!endsWithLineFeed && own.at(-1) === '' ? own.slice(0, -1) : own).filter(
    (line) => where === undefined || line.includes('needle') === (where === 'needle'),
  );
  const { bytes, ...target } = compress(content, kind, Math.min(cut, content.length));
  const { lines: found, tally, warnings } = await scan(bytes, target, { order, ...tuning }, where);
  expect(found).toEqual(order === 'newest' ? expected.toReversed() : expected);
  expect(tally.matched).toBe(expected.length);
  expect(warnings).toEqual([]);
  const counted = await scan(bytes, target, { order, countOnly: true, ...tuning }, where);
  expect(counted.lines).toEqual([]);
  expect(counted.tally).toEqual(tally);
});

const iso = (time: number) => new Date(time).toISOString();

/** Blocks of one to five lines, each with a range of times and the times that the lines really have. */
const someBlocks = fc.array(
  fc.record({
    lines: fc.array(fc.nat(20), { minLength: 1, maxLength: 5 }),
    base: fc.nat(100),
    known: fc.constantFrom('both', 'newest', 'neither'),
  }),
  { maxLength: 12 },
);

test.prop(
  [
    someBlocks,
    fc.option(fc.nat(130), { nil: undefined }),
    fc.option(fc.nat(130), { nil: undefined }),
    fc.constantFrom('plain', 'gzip'),
    fc.constantFrom('oldest' as const, 'newest' as const),
    fc.boolean(),
  ],
  { numRuns: 300 },
)(
  'by time it finds at least what came then, and nothing of blocks of other times',
  async (made, since, until, kind, order, inExpression) => {
    const blocks: TimeBlock[] = [];
    const all: { text: string; time: number; block: TimeBlock }[] = [];
    let end = 0;
    for (const { lines: offsets, base, known } of made) {
      const times = offsets.map((offset) => base + offset);
      const texts = times.map((time, index) => `line ${all.length + index} at ${time}`);
      end += texts.reduce((sum, text) => sum + text.length + 1, 0);
      const oldest = known === 'both' ? Math.min(...times) : Number.NEGATIVE_INFINITY;
      const newest = known === 'neither' ? Number.POSITIVE_INFINITY : Math.max(...times);
      const block = { end, lines: known === 'both' ? texts.length : Number.NaN, oldest, newest };
      blocks.push(block);
      texts.forEach((text, index) => all.push({ text, time: times[index]!, block }));
    }
    const content = Buffer.from(all.map(({ text }) => `${text}\n`).join(''));
    const { bytes, ...target } = compress(content, kind, content.length >> 1);
    const bounds = { since: since ?? Number.NEGATIVE_INFINITY, until: until ?? Number.POSITIVE_INFINITY };
    const parts = [
      'line',
      ...(since === undefined ? [] : [`since:"${iso(since)}"`]),
      ...(until === undefined ? [] : [`until:"${iso(until)}"`]),
    ];
    const where = inExpression ? parts.join(' ') : undefined;
    const query = { ...bounds, order, readBytes: 64 };
    const { lines: found, tally } = await scan(bytes, { blocks, ...target }, query, where);
    const ordered = order === 'newest' ? all.toReversed() : all;
    const must = ordered.filter(({ time }) => time >= bounds.since && time < bounds.until);
    const may = ordered.filter(({ block }) => block.newest >= bounds.since && block.oldest < bounds.until);
    expect(found.filter((text) => must.some((line) => line.text === text))).toEqual(
      must.map(({ text }) => text),
    );
    const allowed = may.map(({ text }) => text);
    expect(allowed.filter((text) => found.includes(text))).toEqual(found);
    expect(tally).toMatchObject({ lines: may.length, matched: found.length });
  },
);
