import { Buffer } from 'node:buffer';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { LogCasterError } from '../../src/core/errors.ts';
import type { SearchResult } from '../../src/core/search.ts';
import { type HeldLines, SearchDesk } from '../../src/query/search-desk.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { settle } from '../support/turns.ts';
import { FakeRing } from './fake-target.ts';

/** Lines of 100 bytes with their line feed: 60 with an `a`, 40 with a `b`. */
function makeRing(): FakeRing {
  const ring = new FakeRing(Array.from({ length: 100 }, (_, index) => (index < 60 ? 'a' : 'b').repeat(99)));
  ring.linesPerPiece = 10;
  return ring;
}

function makeDesk(maxBytes: number) {
  const clock = new ManualClock();
  const desk = new SearchDesk({ maxBytes, timeout: 1000 }, clock);
  const ring = makeRing();
  const never = new AbortController().signal;
  const search = (keyword: string, signal = never): Promise<HeldLines> =>
    desk.search(ring, Buffer.from(keyword), signal);
  return { clock, desk, ring, search };
}

/** What a search has found, from which it throws: its error holds on to it. */
class Copies {
  tooLarge(): never {
    throw new LogCasterError('LC_SEARCH_TOO_LARGE', 'too many lines found');
  }
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

function takeAll(lines: HeldLines, maxBytes: number): Buffer {
  const parts: Buffer[] = [];
  for (let part = lines.take(maxBytes); part; part = lines.take(maxBytes)) parts.push(part);
  return Buffer.concat(parts);
}

test('found lines come in order, in parts of bounded size, and give their memory back piece by piece', async () => {
  const { desk, ring, search } = makeDesk(10_000);
  const lines = await search('a');
  expect(lines.matches).toBe(60);
  expect(desk.held).toBe(6000);

  expect(lines.take(900)).toHaveLength(900);
  expect(lines.take(900)).toHaveLength(100);
  expect(desk.held).toBe(6000);
  expect(lines.take(900)).toHaveLength(900);
  expect(desk.held).toBe(5000);

  const rest = takeAll(lines, 900);
  expect(rest).toEqual(
    Buffer.concat(ring.lines.slice(19, 60).map((line) => Buffer.concat([line, Buffer.from('\n')]))),
  );
  expect(desk.held).toBe(0);
});

test('what is not taken is given back by a release, once', async () => {
  const { desk, search } = makeDesk(10_000);
  const first = await search('a');
  const second = await search('b');
  first.take(100);
  expect(desk.held).toBe(10_000);
  first.release();
  first.release();
  expect(desk.held).toBe(4000);
  expect(first.take(100)).toBeUndefined();
  second.release();
  expect(desk.held).toBe(0);
});

test('nothing found holds nothing', async () => {
  const { desk, search } = makeDesk(10_000);
  const lines = await search('c');
  expect(lines.matches).toBe(0);
  expect(lines.take(100)).toBeUndefined();
  expect(desk.held).toBe(0);
});

test('searches run one after the other, and may use what is left', async () => {
  const { desk, ring, search } = makeDesk(10_000);
  await Promise.all([search('a'), search('b'), search('c')]);
  expect(ring.mostRunning).toBe(1);
  expect(ring.searches.map(({ options }) => options.maxBytes)).toEqual([10_000, 4000, 0]);
  expect(desk.held).toBe(10_000);
});

test('a search that alone finds too much fails', async () => {
  const { clock, search } = makeDesk(5999);
  await expect(search('a')).rejects.toMatchObject({ code: 'LC_SEARCH_TOO_LARGE' });
  expect(clock.timers).toBe(0);
});

test('a search that finds too much beside others waits for them; one that needs less does not', async () => {
  const { clock, desk, ring, search } = makeDesk(10_000);
  const first = await search('a');
  const second = search('a');
  await settle();
  expect(desk.waiting).toBe(1);

  const third = await search('b');
  expect(third.matches).toBe(40);
  expect(desk.held).toBe(10_000);

  takeAll(first, 1000);
  const { matches } = await second;
  expect(matches).toBe(60);
  expect(desk.held).toBe(10_000);
  expect(clock.timers).toBe(0);
  // Not at each piece: when half of the memory is free.
  expect(ring.searches.map(({ options }) => options.maxBytes)).toEqual([10_000, 4000, 4000, 6000]);
});

test('what a search found before it was too much is not kept while it waits', async () => {
  const { desk, search } = makeDesk(10_000);
  const first = await search('a');
  let copies: WeakRef<Copies> | undefined;
  const ring = {
    search: async () => {
      const found = new Copies();
      copies = new WeakRef(found);
      return found.tooLarge();
    },
  };
  const second = desk.search(ring, Buffer.from('a'), new AbortController().signal);
  second.catch(() => {});
  await settle();
  expect(desk.waiting).toBe(1);
  collectGarbage();
  expect(copies!.deref()).toBeUndefined();
  first.release();
  await expect(second).rejects.toMatchObject({ code: 'LC_SEARCH_TOO_LARGE' });
});

test('memory that is given back while it searches is not missed', async () => {
  const { ring, search } = makeDesk(10_000);
  const first = await search('a');
  const gate = Promise.withResolvers<void>();
  ring.gate = gate.promise;
  const second = search('a');
  await settle();
  first.release();
  gate.resolve();
  expect((await second).matches).toBe(60);
});

test('a search that needs nearly all memory waits until nobody else holds any', async () => {
  const { desk, ring, search } = makeDesk(10_000);
  ring.lines.push(Buffer.from('c'));
  const first = await search('c');
  const second = search('');
  await settle();
  expect(desk.waiting).toBe(1);
  ring.lines.pop();
  first.release();
  expect((await second).matches).toBe(100);
});

test('a search that waits too long for memory fails', async () => {
  const { clock, desk, search } = makeDesk(10_000);
  const first = await search('a');
  const second = search('a');
  await settle();
  expect(desk.waiting).toBe(1);
  clock.advance(1000);
  await expect(second).rejects.toMatchObject({
    code: 'LC_SEARCH_TOO_LARGE',
    hint: expect.stringContaining('maxAnswerBytes') as string,
  });
  expect(desk.waiting).toBe(0);
  expect(desk.held).toBe(6000);
  first.release();
  expect((await search('a')).matches).toBe(60);
});

test('who leaves while it waits is forgotten at once', async () => {
  const { clock, desk, ring, search } = makeDesk(10_000);
  const first = await search('a');
  const leaving = new AbortController();
  const forMemory = search('a', leaving.signal);
  await settle();
  const gate = Promise.withResolvers<void>();
  ring.gate = gate.promise;
  const searching = search('b');
  const forTurn = search('b', leaving.signal);
  await settle();
  expect(desk.waiting).toBe(2);

  leaving.abort(new Error('left'));
  await expect(forMemory).rejects.toThrow('left');
  await expect(forTurn).rejects.toThrow('left');
  expect(desk.waiting).toBe(0);
  expect(clock.timers).toBe(0);

  gate.resolve();
  (await searching).release();
  first.release();
  expect(desk.held).toBe(0);
});

test('a search is ended when its client leaves, and the next has its turn', async () => {
  const { desk, ring, search } = makeDesk(10_000);
  ring.gate = new Promise(() => {});
  const leaving = new AbortController();
  const first = search('a', leaving.signal);
  await settle();
  expect(ring.running).toBe(1);
  leaving.abort(new Error('left'));
  await expect(first).rejects.toThrow('left');
  expect(ring.running).toBe(0);
  ring.gate = undefined;
  expect((await search('b')).matches).toBe(40);
  expect(desk.held).toBe(4000);
});

test('what a search finds after its client left is not held', async () => {
  const { desk } = makeDesk(10_000);
  const { promise, resolve } = Promise.withResolvers<SearchResult>();
  const leaving = new AbortController();
  const search = desk.search({ search: () => promise }, Buffer.alloc(0), leaving.signal);
  await settle();
  leaving.abort(new Error('left'));
  resolve(await makeRing().search({ keyword: 'a' }));
  await expect(search).rejects.toThrow('left');
  expect(desk.held).toBe(0);
});

test('what a search throws comes through, and the next has its turn', async () => {
  const { desk, search } = makeDesk(10_000);
  const broken = {
    search: () => {
      throw new Error('broken');
    },
  };
  await expect(desk.search(broken, Buffer.alloc(0), new AbortController().signal)).rejects.toThrow('broken');
  expect((await search('b')).matches).toBe(40);
});
