/** Decompressing whatever there may be in a file: any number of members, torn, damaged, padded, or far more than it looks. */
import { Buffer } from 'node:buffer';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect } from 'vitest';
import { detectCompression } from '../../../src/core/compressed/compressions.ts';
import { type Damage, decompress } from '../../../src/core/compressed/decompress.ts';
import { memoryFile } from '../../file-search/memory-file.ts';
import { fc, test } from '../../support/properties.ts';

const KINDS = { gzip: gzipSync, zstd: zstdCompressSync };

async function read(bytes: Buffer, kind: 'gzip' | 'zstd', more: { most?: number; signature?: Buffer } = {}) {
  const pieces: Buffer[] = [];
  const damage: Damage[] = [];
  const damaged = (each: Damage) => void damage.push(each);
  for await (const piece of decompress(memoryFile(bytes), { kind, size: bytes.length, damaged, ...more }))
    pieces.push(Buffer.from(piece));
  return { content: Buffer.concat(pieces), damage };
}

const contents = fc.array(fc.string({ maxLength: 300 }), { maxLength: 6 });

describe.each(['gzip', 'zstd'] as const)('%s', (kind) => {
  const compress = (text: string) => KINDS[kind](Buffer.from(text));

  test.prop([contents, fc.nat(5000)], { numRuns: 60 })(
    'members one behind the other, and zeros behind them',
    async (texts, zeros) => {
      const bytes = Buffer.concat([...texts.map(compress), Buffer.alloc(texts.length > 0 ? zeros : 0)]);
      if (bytes.length > 0) expect(detectCompression(bytes)).toBe(kind);
      const { content, damage } = await read(bytes, kind);
      expect(content.toString()).toBe(texts.join(''));
      expect(damage).toEqual([]);
    },
  );

  test.prop([contents, fc.string({ minLength: 1, maxLength: 300 }), fc.nat()], { numRuns: 60 })(
    'of a torn file it gives the members that are whole, and a beginning of the last one',
    async (texts, last, cut) => {
      const whole = Buffer.concat(texts.map(compress));
      const torn = compress(last);
      const bytes = Buffer.concat([whole, torn.subarray(0, 1 + (cut % (torn.length - 1)))]);
      const { content, damage } = await read(bytes, kind);
      expect(`${texts.join('')}${last}`.startsWith(content.toString().replace(/\uFFFD+$/, ''))).toBe(true);
      expect(content.toString().startsWith(texts.join(''))).toBe(true);
      expect(damage).toHaveLength(1);
    },
  );

  test('what stands before garbage is given, to the last byte', async () => {
    const bytes = Buffer.concat([compress('all of it\n'), Buffer.from('garbage')]);
    const { content, damage } = await read(bytes, kind);
    expect(content.toString()).toBe('all of it\n');
    expect(damage).toHaveLength(1);
  });

  test('behind damage it goes on where a signature stands', async () => {
    const parts = ['one\n', 'two\n', 'three\n'].map(compress);
    const signature = parts[2]!.subarray(0, 14);
    parts[1]!.fill(0xff, 5);
    const { content, damage } = await read(Buffer.concat(parts), kind, { signature });
    expect(content.toString()).toBe('one\nthree\n');
    expect(damage).toHaveLength(1);
  });

  test('a file that becomes far more than it is, is left at its bound', async () => {
    const bomb = KINDS[kind](Buffer.alloc(64 * 2 ** 20));
    const { content, damage } = await read(bomb, kind, { most: 1_000_000 });
    expect(content).toHaveLength(1_000_000);
    expect(damage).toEqual([{ offset: 0, why: expect.stringContaining('it becomes more than') as string }]);
  });
});
