/** Context is what `grep -A -B` shows, however the lines come. */
import { spawnSync } from 'node:child_process';
import { expect } from 'vitest';
import type { FoundLines } from '../../../src/core/search.ts';
import { parseExpression } from '../../../src/expression/expression.ts';
import { lengthOf } from '../../../src/query/answering/pieces.ts';
import { searchInContext } from '../../../src/query/answering/search-in-context.ts';
import { fc, test } from '../../support/properties.ts';

function piece(lines: readonly string[]): FoundLines {
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
  const bounds: number[] = [];
  let at = 0;
  for (const line of lines) {
    bounds.push(at, at + line.length);
    at += line.length + 1;
  }
  return { bytes, bounds: Uint32Array.from(bounds), receivedAt: new Float64Array(lines.length) };
}

function scannable(lines: readonly string[], size: number) {
  return {
    async *scan(): AsyncGenerator<FoundLines> {
      for (let at = 0; at < lines.length; at += size) yield piece(lines.slice(at, at + size));
    },
  };
}

interface Asked {
  readonly limit?: number;
  readonly last?: number;
}

async function picked(lines: readonly string[], size: number, before: number, after: number, asked: Asked) {
  const found = searchInContext(
    scannable(lines, size),
    { where: parseExpression('x'), ...asked },
    { before, after },
    new AbortController().signal,
  );
  let text = '';
  for await (const each of found) {
    for (let index = 0; index < lengthOf(each); index++) {
      if (each.isGap[index]) text += '--\n';
      const line = each.bytes.toString('latin1', each.bounds[index * 2], each.bounds[index * 2 + 1]);
      text += `${each.isContext[index] ? '-' : ':'}${line}\n`;
    }
  }
  return text;
}

function grep(lines: readonly string[], args: readonly string[]): string {
  const input = lines.map((line) => `${line}\n`).join('');
  const { stdout } = spawnSync('grep', ['-n', ...args, 'x'], { input, encoding: 'utf8' });
  return stdout.replaceAll(/^\d+([-:])/gm, '$1');
}

function matches(text: string): number {
  return text.match(/^:/gm)?.length ?? 0;
}

const lines = fc.array(fc.constantFrom('x', 'xy', 'a', 'b', ''), { maxLength: 24 });
const size = fc.integer({ min: 1, max: 5 });
const around = fc.integer({ min: 0, max: 3 });

test.prop([lines, size, around, around], { numRuns: 60 })('all matches', async (all, part, before, after) => {
  // Without context grep draws no gaps.
  fc.pre(before + after > 0);
  expect(await picked(all, part, before, after, {})).toBe(grep(all, ['-B', `${before}`, '-A', `${after}`]));
});

test.prop([lines, size, around, around, fc.integer({ min: 1, max: 4 })], { numRuns: 60 })(
  'the first ones',
  async (all, part, before, after, limit) => {
    fc.pre(before + after > 0);
    const expected = grep(all, ['-B', `${before}`, '-A', `${after}`, '-m', `${limit}`]);
    expect(await picked(all, part, before, after, { limit })).toBe(expected);
  },
);

test.prop([lines, size, around, around, fc.integer({ min: 1, max: 4 })], { numRuns: 60 })(
  'the last ones are the end of all of them',
  async (all, part, before, after, last) => {
    const whole = await picked(all, part, before, after, {});
    const some = await picked(all, part, before, after, { last });
    expect(whole.endsWith(some)).toBe(true);
    expect(matches(some)).toBe(Math.min(last, matches(whole)));
    // What comes before the first of them is context that belongs to it.
    expect(some.split('\n').findIndex((line) => line.startsWith(':'))).toBeLessThanOrEqual(before);
  },
);
