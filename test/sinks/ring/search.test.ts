import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { LogCasterError } from '../../../src/core/errors.ts';
import { Arena } from '../../../src/sinks/ring/arena.ts';
import { searchArena } from '../../../src/sinks/ring/search.ts';
import { batchOf, foundIn } from './lines.ts';

function arenaOf(texts: readonly string[]): Arena {
  const arena = new Arena({ maxLines: 1_000_000, maxBytes: 2 ** 26 });
  texts.forEach((text, index) => arena.push(batchOf([text], index)));
  return arena;
}

async function find(arena: Arena, keyword: string): Promise<string[]> {
  const result = await searchArena(arena, { keyword: Buffer.from(keyword, 'latin1') });
  return foundIn(result).map(({ text }) => text);
}

describe('a search', () => {
  test('finds the lines with the keyword, oldest first, each once', async () => {
    const arena = arenaOf(['an error', 'fine', 'error, error', 'Error', 'terrorist']);
    expect(await find(arena, 'error')).toEqual(['an error', 'error, error', 'terrorist']);
    expect(await find(arena, 'none of them')).toEqual([]);
  });

  test('finds every line without a keyword', async () => {
    expect(await find(arenaOf(['a', '', 'b']), '')).toEqual(['a', '', 'b']);
    expect(await find(arenaOf([]), '')).toEqual([]);
    expect(await find(arenaOf([]), 'a')).toEqual([]);
  });

  test('finds text as UTF-8', async () => {
    const arena = new Arena({ maxLines: 10, maxBytes: 100 });
    arena.push(batchOf([Buffer.from('über').toString('latin1'), '\xfcber']));
    const { pieces } = await searchArena(arena, { keyword: 'ü' });
    expect(pieces.map(({ bytes }) => bytes.toString())).toEqual(['über\n']);
  });

  test('finds a keyword with a line feed only within one line', async () => {
    const arena = arenaOf(['a', 'b', 'x a\nb y', 'a\n', 'a', '\nb']);
    expect(await find(arena, 'a\nb')).toEqual(['x a\nb y']);
    expect(await find(arena, '\n')).toEqual(['x a\nb y', 'a\n', '\nb']);
    expect(await find(arena, 'a\n')).toEqual(['x a\nb y', 'a\n']);
  });

  test('takes lines from `since` on and before `until`', async () => {
    const arena = arenaOf(['a0', 'a1', 'b2', 'a3', 'a4']);
    const between = async (times: { since?: number; until?: number }) =>
      foundIn(await searchArena(arena, { keyword: 'a', ...times })).map(({ text }) => text);
    expect(await between({ since: 1 })).toEqual(['a1', 'a3', 'a4']);
    expect(await between({ until: 3 })).toEqual(['a0', 'a1']);
    expect(await between({ since: 1, until: 4 })).toEqual(['a1', 'a3']);
    expect(await between({ since: 4, until: 1 })).toEqual([]);
    expect(await between({ since: 99 })).toEqual([]);
  });

  test('answers copies, in pieces of 1 MiB at most, or one longer line', async () => {
    const texts = Array.from({ length: 15_000 }, (_, index) => `line ${index} ${'x'.repeat(300)}`);
    texts[10_000] = `line ${'y'.repeat(3_000_000)}`;
    const arena = new Arena({ maxLines: 15_000, maxBytes: 2 ** 24 });
    arena.push(batchOf(texts));
    const result = await searchArena(arena, { keyword: 'line' });
    for (let round = 0; round < 3; round++) arena.push(batchOf(texts.map(() => 'overwritten '.repeat(50))));
    expect(
      foundIn(result)
        .map(({ text }) => text)
        .join('|') === texts.join('|'),
    ).toBe(true);
    const shared = result.pieces.filter(({ bounds }) => bounds.length > 2);
    expect(Math.max(...shared.map(({ bytes }) => bytes.length))).toBeLessThanOrEqual(2 ** 20);
    expect(result.pieces.length).toBeLessThan(30);
  });

  test('fails when what it finds takes more than it may', async () => {
    const arena = arenaOf(['abc', 'abd', 'xyz']);
    expect((await searchArena(arena, { keyword: 'ab' }, { maxBytes: 8 })).byteLength).toBe(8);
    const failure = await searchArena(arena, { keyword: 'ab' }, { maxBytes: 7 }).catch(
      (error: unknown) => error,
    );
    expect((failure as LogCasterError).code).toBe('LC_SEARCH_TOO_LARGE');
  });

  test('ends when its signal is aborted, before or on the way', async () => {
    const arena = arenaOf(['a', 'a', 'a']);
    const tooLate = AbortSignal.abort(new Error('too late'));
    await expect(searchArena(arena, { keyword: '' }, { signal: tooLate })).rejects.toThrow('too late');
    const controller = new AbortController();
    let pauses = 0;
    const pause = async () => {
      pauses++;
      controller.abort(new Error('enough'));
    };
    const tuning = { sliceBytes: 1, windowBytes: 1, pause };
    const search = searchArena(arena, { keyword: '' }, { signal: controller.signal }, tuning);
    await expect(search).rejects.toThrow('enough');
    expect(pauses).toBe(1);
  });

  test('lets the event loop turn, and finds nothing that came after the call', async () => {
    const arena = new Arena({ maxLines: 30_000, maxBytes: 2 ** 26 });
    arena.push(batchOf(Array.from({ length: 30_000 }, (_, index) => `old ${index} ${'x'.repeat(400)}`)));
    const done = new AbortController();
    let turns = 0;
    const search = searchArena(arena, { keyword: 'x' });
    const collecting = (async () => {
      while (!done.signal.aborted) {
        arena.push(batchOf([`new ${turns++} ${'x'.repeat(100)}`]));
        await turn();
      }
    })();
    const lines = foundIn(await search);
    done.abort();
    await collecting;
    expect(turns).toBeGreaterThan(3);
    expect(lines.length).toBeGreaterThan(29_000);
    expect(lines.at(-1)!.text).toMatch(/^old 29999 /);
    expect(lines.every(({ text }) => text.startsWith('old'))).toBe(true);
  });

  test('is over soon when everything it was to search is overwritten', async () => {
    const arena = arenaOf(['a', 'a', 'a', 'a']);
    let pauses = 0;
    const pause = async () => {
      pauses++;
      arena.clear();
      arena.push(batchOf(['a']));
    };
    const result = await searchArena(arena, { keyword: 'a' }, {}, { sliceBytes: 1, windowBytes: 1, pause });
    expect([result.matches, pauses]).toEqual([1, 1]);
  });
});
