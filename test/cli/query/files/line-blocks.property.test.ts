import { expect } from 'vitest';
import { lineBlocks, lineBlocksBackwards } from '../../../../src/cli/query/files/line-blocks.ts';
import { fc, test } from '../../../support/properties.ts';

const text = fc
  .array(fc.constantFrom('\n', 'a', 'bc', '\r', 'é'), { maxLength: 40 })
  .map((parts) => parts.join(''));

function pieces(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const cut: Buffer[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length]!;
    cut.push(bytes.subarray(at, at + size));
    at += size;
  }
  return cut;
}

async function* each(parts: readonly Buffer[]): AsyncGenerator<Buffer> {
  for (const part of parts) {
    // What is given is only good until the next one is asked for.
    const lent = Buffer.from(part);
    yield lent;
    lent.fill(0x21);
  }
}

const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });

test.prop([text, sizes])('whole lines, however the bytes are cut', async (content, cut) => {
  const bytes = Buffer.from(content);
  const whole = content === '' || content.endsWith('\n') ? content : `${content}\n`;
  let forwards = '';
  for await (const block of lineBlocks(each(pieces(bytes, cut)))) {
    expect(block.at(-1)).toBe(10);
    forwards += block.toString();
  }
  expect(forwards).toBe(whole);
});

test.prop([text, sizes])('the same lines from the end on', async (content, cut) => {
  const bytes = Buffer.from(content);
  const whole = content === '' || content.endsWith('\n') ? content : `${content}\n`;
  let backwards = '';
  for await (const block of lineBlocksBackwards(each(pieces(bytes, cut).toReversed()))) {
    expect(block.at(-1)).toBe(10);
    backwards = block.toString() + backwards;
  }
  expect(backwards).toBe(whole);
});
