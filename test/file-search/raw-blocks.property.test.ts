/** Runs of whole lines, from files and from pieces, in both directions, however the bytes are cut. */
import { Buffer } from 'node:buffer';
import { expect } from 'vitest';
import {
  type Readable,
  type Run,
  runsBackward,
  runsForward,
  runsOfPieces,
} from '../../src/file-search/raw-blocks.ts';
import { fc, test } from '../support/properties.ts';
import { memoryFile } from './memory-file.ts';

const text = fc
  .array(fc.constantFrom('\n', 'a', 'bc', '\r', 'é'), { maxLength: 40 })
  .map((parts) => parts.join(''));
const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
const reads = fc.integer({ min: 1, max: 30 });

async function* pieces(bytes: Buffer, cuts: readonly number[]): AsyncGenerator<Buffer> {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = cuts[turn % cuts.length]!;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

/** What the runs hold; each stands where it says, and consists of whole lines. */
async function textOf(runs: AsyncIterable<Run>, whole: Buffer, isBackwards = false): Promise<string> {
  let found = '';
  for await (const { bytes, start } of runs) {
    const run = bytes.toString('latin1');
    expect(run.endsWith('\n')).toBe(true);
    expect(whole.toString('latin1', start, start + bytes.length)).toBe(run);
    found = isBackwards ? run + found : found + run;
    // What is given is only good until the next one is asked for.
    await new Promise(setImmediate);
    expect(bytes.toString('latin1')).toBe(run);
  }
  return found;
}

test.prop([text, sizes, reads])(
  'whole lines, however the bytes are cut',
  async (content, cuts, readBytes) => {
    const bytes = Buffer.from(content);
    const ended = Buffer.from(content === '' || content.endsWith('\n') ? content : `${content}\n`);
    const [file, range] = [memoryFile(bytes), { start: 0, end: bytes.length }];
    const expected = ended.toString('latin1');
    expect(await textOf(runsForward(file, range, { readBytes }), ended)).toBe(expected);
    expect(await textOf(runsBackward(file, range, { readBytes }), ended, true)).toBe(expected);
    const limit = Number.POSITIVE_INFINITY;
    expect(await textOf(runsOfPieces(pieces(bytes, cuts), limit), ended)).toBe(expected);
  },
);

test.prop([text, reads, fc.integer({ min: 1, max: 12 })])(
  'a line that is too long is given in parts, and no byte of it is lost',
  async (content, readBytes, longest) => {
    const bytes = Buffer.from(content);
    const runs = [
      runsForward(memoryFile(bytes), { start: 0, end: bytes.length }, { readBytes, longest }),
      runsOfPieces(pieces(bytes, [readBytes]), Number.POSITIVE_INFINITY, { longest }),
    ];
    for (const each of runs) {
      let found = '';
      for await (const run of each) {
        expect(run.bytes.at(-1)).toBe(10);
        found += run.bytes.toString('latin1');
      }
      expect(found.replaceAll('\n', '')).toBe(bytes.toString('latin1').replaceAll('\n', ''));
    }
  },
);

test('the next run is read while one is looked at, and nothing is under way when it is left', async () => {
  const bytes = Buffer.from('line\n'.repeat(100));
  let [asked, open] = [0, 0];
  const file: Readable = {
    async read(...place) {
      asked++;
      open++;
      await new Promise(setImmediate);
      open--;
      return memoryFile(bytes).read(...place);
    },
  };
  for await (const _ of runsForward(file, { start: 0, end: bytes.length }, { readBytes: 50 })) {
    expect([asked, open]).toEqual([2, 1]);
    break;
  }
  expect(open).toBe(0);
});
