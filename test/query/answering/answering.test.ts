import { expect, test, vi } from 'vitest';
import type { FoundLines } from '../../../src/core/search.ts';
import { textsOf } from '../../../src/core/search.ts';
import { parseExpression } from '../../../src/expression/expression.ts';
import type { Answering } from '../../../src/query/answering/answering.ts';
import type { SearchSummary } from '../../../src/query/answering/summary.ts';
import type { TailEvent } from '../../../src/query/answering/tail-lines.ts';
import type { CountQuestion, SearchQuestion, TailQuestion } from '../../../src/query/questions/question.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { settle } from '../../support/turns.ts';
import { FakeRing, fakeAnswering } from '../fake-target.ts';

const never = new AbortController().signal;

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `line ${index}${index % 2 === 0 ? ' even' : ''}`);
}

async function search(
  answering: Answering,
  question: SearchQuestion,
  signal = never,
): Promise<{ texts: string[]; summary: SearchSummary }> {
  const found = answering.search(question, signal);
  const pieces: FoundLines[] = [];
  for (;;) {
    const step = await found.next();
    if (!step.done) pieces.push(step.value);
    else return { texts: texts(pieces), summary: step.value };
  }
}

function texts(pieces: readonly FoundLines[]): string[] {
  return textsOf({ matches: 0, byteLength: 0, pieces });
}

/** What a tail tells, as texts; `-n` are n lines that were skipped. */
async function take(tail: AsyncGenerator<TailEvent>, count: number): Promise<string[]> {
  const told: string[] = [];
  while (told.length < count) {
    const step = await tail.next();
    if (step.done) return [...told, 'ended'];
    told.push(...(step.value.kind === 'lines' ? texts([step.value.lines]) : [`-${step.value.lines}`]));
  }
  return told;
}

function smallPieces(lines: readonly string[]): FakeRing {
  const ring = new FakeRing(lines);
  ring.linesPerPiece = 3;
  return ring;
}

const even = parseExpression('even');

test('a search has all lines that match, and a summary', async () => {
  const ring = smallPieces(numbered(10));
  const { texts: lines, summary } = await search(fakeAnswering(ring), { where: even });
  expect(lines).toEqual(['line 0 even', 'line 2 even', 'line 4 even', 'line 6 even', 'line 8 even']);
  expect(summary).toMatchObject({ matched: 5, scannedLines: 10, scannedBytes: 95, truncated: undefined });
});

test('limit, order and last', async () => {
  const answering = fakeAnswering(smallPieces(numbered(10)));
  const ask = async (question: SearchQuestion): Promise<[string, SearchSummary['truncated']]> => {
    const { texts: lines, summary } = await search(answering, question);
    return [lines.map((line) => line.split(' ')[1]).join(' '), summary.truncated];
  };
  expect(await ask({ limit: 4 })).toEqual(['0 1 2 3', 'limit']);
  expect(await ask({ limit: 100 })).toEqual(['0 1 2 3 4 5 6 7 8 9', undefined]);
  expect(await ask({ order: 'newest', limit: 4 })).toEqual(['9 8 7 6', 'limit']);
  expect(await ask({ last: 4 })).toEqual(['6 7 8 9', 'last']);
  expect(await ask({ last: 4, order: 'newest' })).toEqual(['9 8 7 6', 'last']);
  expect(await ask({ last: 4, limit: 3 })).toEqual(['6 7 8', 'limit']);
  expect(await ask({ last: 100 })).toEqual(['0 1 2 3 4 5 6 7 8 9', undefined]);
  expect(await ask({ last: 2, where: even })).toEqual(['6 8', 'last']);
});

test('times of the question and of its expression are both kept', async () => {
  const ring = new FakeRing(numbered(10));
  const answering = fakeAnswering(ring);
  const where = { ...even, since: ring.timeOf(2), until: ring.timeOf(9) };
  await search(answering, { where, since: ring.timeOf(4), until: ring.timeOf(20) });
  expect(ring.scans[0]).toMatchObject({ since: ring.timeOf(4), until: ring.timeOf(9) });
});

test('an answer that would be too large ends early, and says so', async () => {
  const answering = fakeAnswering(smallPieces(numbered(1000)), { maxResultBytes: 40, maxLastBytes: 30 });
  const first = await search(answering, {});
  expect(first.texts).toEqual(['line 0 even', 'line 1', 'line 2 even', 'line 3']);
  expect(first.summary.truncated).toBe('bytes');
  const last = await search(answering, { last: 100 });
  expect(last.texts).toEqual(['line 998 even', 'line 999']);
  expect(last.summary.truncated).toBe('bytes');
  expect(answering.inspect()).toMatchObject({ tooLarge: 2 });
});

test('a search whose time is over ends with what it has', async () => {
  const clock = new ManualClock();
  const ring = smallPieces(numbered(10));
  ring.scanGate = new Promise(() => {});
  const answering = fakeAnswering(ring, { searchTimeout: 1000 }, clock);
  const answers = Promise.all([search(answering, { timeout: 60_000 }), answering.count({}, never)]);
  await settle();
  clock.advance(1000);
  const [found, counted] = await answers;
  expect(found.texts).toEqual(['line 0 even', 'line 1', 'line 2 even']);
  expect(found.summary).toMatchObject({ truncated: 'timeout', ms: 1000, scannedLines: 3 });
  expect(counted.summary).toMatchObject({ truncated: 'timeout', matched: 3 });
  expect(answering.inspect()).toMatchObject({ timedOut: 2, searching: 0 });
  expect(clock.timers).toBe(0);
});

test('a client that is gone ends its search, and frees its place', async () => {
  const ring = smallPieces(numbered(10));
  ring.scanGate = new Promise(() => {});
  const answering = fakeAnswering(ring);
  const client = new AbortController();
  const answer = search(answering, {}, client.signal);
  await settle();
  expect(answering.inspect()).toMatchObject({ searching: 1 });
  client.abort(new Error('gone'));
  await expect(answer).rejects.toThrow('gone');
  expect(answering.inspect()).toMatchObject({ searching: 0, timedOut: 0 });
  expect(ring.running).toBe(0);
});

test('whoever stops reading in the middle frees everything', async () => {
  const ring = smallPieces(numbered(100));
  const clock = new ManualClock();
  const answering = fakeAnswering(ring, {}, clock);
  for await (const piece of answering.search({}, never)) {
    expect(piece.bounds.length).toBe(6);
    break;
  }
  expect(ring.running).toBe(0);
  expect(answering.inspect()).toMatchObject({ searching: 0 });
  expect(clock.timers).toBe(0);
});

test('so many searches run at a time; the others wait, and not for ever', async () => {
  const clock = new ManualClock();
  const ring = smallPieces(numbered(10));
  const gate = Promise.withResolvers<void>();
  ring.scanGate = gate.promise;
  const answering = fakeAnswering(ring, { maxSearches: 2, searchTimeout: 1000 }, clock);
  const leaving = new AbortController();
  const answers = Array.from({ length: 3 }, () => search(answering, {}));
  const left = search(answering, {}, leaving.signal);
  const impatient = search(answering, { timeout: 500 });
  await settle();
  expect(answering.inspect()).toMatchObject({ searching: 2, waiting: 3 });
  leaving.abort(new Error('gone'));
  await expect(left).rejects.toThrow('gone');
  clock.advance(500);
  await expect(impatient).rejects.toMatchObject({ code: 'LC_QUERY_LIMIT' });
  gate.resolve();
  for (const { texts: lines } of await Promise.all(answers)) expect(lines).toHaveLength(10);
  expect(ring.mostRunning).toBe(2);
  expect(answering.inspect()).toMatchObject({
    searching: 0,
    waiting: 0,
    searches: 3,
    searchesWaited: 3,
    searchesRefused: 1,
  });
});

test('counts: all together, and by time, source and peer', async () => {
  const ring = smallPieces(numbered(10));
  const answering = fakeAnswering(ring);
  const count = (question: CountQuestion) => answering.count(question, never);
  expect(await count({ where: even })).toMatchObject({
    groups: [],
    summary: { matched: 5, scannedLines: 10 },
  });
  expect(ring.scans[0]).toMatchObject({ countOnly: true });
  expect(await count({ by: { kind: 'time', bucket: 4000 } })).toMatchObject({
    groups: [
      { key: ring.firstTime, count: 4 },
      { key: ring.firstTime + 4000, count: 4 },
      { key: ring.firstTime + 8000, count: 2 },
    ],
    other: 0,
    none: 0,
    summary: { matched: 10, truncated: undefined },
  });
  expect((await count({ by: { kind: 'origin', part: 'source' } })).groups).toEqual([
    { key: 'tcp', count: 10 },
  ]);
  expect((await count({ by: { kind: 'origin', part: 'peer' } })).groups).toEqual([
    { key: '10.0.0.7:5000', count: 10 },
  ]);
});

test('counts by fields and levels, wherever they stand in a line', async () => {
  const ring = smallPieces([
    '{"status":500,"level":"error","http":{"path":"/a"}}',
    '{"status":500,"level":50}',
    'status=404 level=WARN',
    '2026-01-01 ERROR "status=1" gone',
    '{"status":"500"}',
    '{"status":null,"other":{"status":1}}',
    '{"status":{"code":1}}',
  ]);
  const answering = fakeAnswering(ring);
  const count = async (question: CountQuestion) => {
    const { groups, none, other, summary } = await answering.count(question, never);
    return {
      groups: groups.map(({ key, count: lines }) => `${key} ${lines}`),
      none,
      other,
      matched: summary.matched,
    };
  };
  expect(await count({ by: { kind: 'field', name: 'status' } })).toEqual({
    groups: ['500 3', '404 1', 'null 1'],
    none: 2,
    other: 0,
    matched: 7,
  });
  expect(await count({ by: { kind: 'level' } })).toEqual({
    groups: ['error 3', 'warn 1'],
    none: 3,
    other: 0,
    matched: 7,
  });
  expect(
    await count({ by: { kind: 'field', name: 'http.path' }, where: parseExpression('status:500') }),
  ).toEqual({
    groups: ['/a 1'],
    none: 2,
    other: 0,
    matched: 3,
  });
  expect(await count({ by: { kind: 'field', name: 'status' }, top: 1 })).toEqual({
    groups: ['500 3'],
    none: 2,
    other: 2,
    matched: 7,
  });
});

test('a value of any length is one group with those that begin alike, and keeps nothing else in memory', async () => {
  const long = 'x'.repeat(10_000);
  const answering = fakeAnswering(new FakeRing([`{"a":"${long}1"}`, `{"a":"${long}2"}`, '{"a":""}']));
  const { groups } = await answering.count({ by: { kind: 'field', name: 'a' } }, never);
  expect(groups).toEqual([
    { key: `${'x'.repeat(256)}…`, count: 2 },
    { key: '', count: 1 },
  ]);
});

test('a count has no more groups than it may; all lines are counted', async () => {
  const answering = fakeAnswering(smallPieces(numbered(10)), { maxGroups: 3 });
  const result = await answering.count({ by: { kind: 'time', bucket: 1000 } }, never);
  expect(result.groups).toHaveLength(3);
  expect(result).toMatchObject({ other: 7, none: 0, summary: { matched: 10, truncated: 'groups' } });
  expect(answering.inspect()).toMatchObject({ tooManyGroups: 1 });
});

test('without a ring nothing can be searched', async () => {
  const answering = fakeAnswering(undefined);
  await expect(search(answering, {})).rejects.toMatchObject({ code: 'LC_SEARCH_UNAVAILABLE' });
  await expect(answering.count({}, never)).rejects.toMatchObject({ code: 'LC_SEARCH_UNAVAILABLE' });
  await expect(answering.tail({ last: 1 }, never).next()).rejects.toMatchObject({
    code: 'LC_SEARCH_UNAVAILABLE',
  });
  expect(answering.inspect()).toMatchObject({ searching: 0, tailing: 0 });
});

test('a tail tells what was there, if that is wanted, and what comes, each line once', async () => {
  const ring = smallPieces(numbered(10));
  const answering = fakeAnswering(ring);
  const tail = answering.tail({ where: even, last: 2 }, never);
  const gate = Promise.withResolvers<void>();
  ring.scanGate = gate.promise;
  const told = take(tail, 5);
  await vi.waitFor(() => expect(ring.running).toBe(1));
  // Both come while the lines that were there are being looked for.
  ring.store(['line 10 even', 'line 11']);
  gate.resolve();
  await settle();
  ring.store(['line 12 even']);
  await settle();
  ring.store(['line 13', 'line 14 even']);
  expect(await told).toEqual(['line 6 even', 'line 8 even', 'line 10 even', 'line 12 even', 'line 14 even']);
  await tail.return(undefined);
  expect(ring.watchers).toBe(0);
  expect(answering.inspect()).toMatchObject({ tailing: 0, tails: 1, tailBuffer: 0 });
});

test('a tail since a time', async () => {
  const ring = smallPieces(numbered(10));
  const tail = fakeAnswering(ring).tail({ since: ring.timeOf(8) }, never);
  expect(await take(tail, 2)).toEqual(['line 8 even', 'line 9']);
  await tail.return(undefined);
});

test('a tail that reads too slowly skips lines and learns how many; others do not', async () => {
  const ring = new FakeRing();
  const answering = fakeAnswering(ring, { maxTailBytes: 40_000 });
  const slow = answering.tail({ where: even }, never);
  const first = take(slow, 1);
  await settle();
  ring.store(['first even']);
  expect(await first).toEqual(['first even']);
  for (let index = 0; index < 1000; index++) ring.store([`${index} ${'x'.repeat(90)} even`, 'odd']);
  expect(Number(answering.inspect()['tailBuffer'])).toBeLessThanOrEqual(40_000);
  const [skipped, next] = await take(slow, 2);
  const lines = -Number(skipped);
  expect(lines).toBeGreaterThan(1000);
  // Two lines a batch: what comes next is the first line that was not skipped.
  expect(next).toMatch(new RegExp(`^${lines / 2} x+ even$`));
  expect(answering.inspect()).toMatchObject({ tailLinesSkipped: lines });
  await slow.return(undefined);
  expect(answering.inspect()).toMatchObject({ tailBuffer: 0 });
});

test('a tail ends when its client is gone, and when the collector stops', async () => {
  const ring = new FakeRing();
  const answering = fakeAnswering(ring);
  const client = new AbortController();
  const tails = [answering.tail({}, client.signal), answering.tail({}, never)];
  const ends = tails.map((tail) => take(tail, 1));
  await settle();
  expect(answering.inspect()).toMatchObject({ tailing: 2 });
  client.abort(new Error('gone'));
  expect(await ends[0]).toEqual(['ended']);
  answering.endTails();
  expect(await ends[1]).toEqual(['ended']);
  expect(answering.inspect()).toMatchObject({ tailing: 0 });
  expect(ring.watchers).toBe(0);
});

test('no more tails than there may be', async () => {
  const answering = fakeAnswering(new FakeRing(), { maxTails: 1 });
  const first = answering.tail({}, never);
  const waiting = first.next();
  await settle();
  await expect(answering.tail({}, never).next()).rejects.toMatchObject({ code: 'LC_QUERY_LIMIT' });
  expect(answering.inspect()).toMatchObject({ tailing: 1, tailsRefused: 1 });
  answering.endTails();
  await waiting;
});

test('when the ring is replaced, tails go on with the new one', async () => {
  const rings = [new FakeRing(), new FakeRing()];
  let current = rings[0]!;
  const { Answering: Made } = await import('../../../src/query/answering/answering.ts');
  const limits = fakeAnswering(undefined).limits;
  const place = { scannable: () => current, follow: current.watch.bind(current) };
  const answering = new Made(
    limits,
    { ...place, follow: (listener) => current.watch(listener) },
    new ManualClock(),
  );
  const question: TailQuestion = {};
  const told = take(answering.tail(question, never), 2);
  await settle();
  rings[0]!.store(['old']);
  current = rings[1]!;
  answering.placeChanged();
  rings[1]!.store(['new']);
  expect(await told).toEqual(['old', 'new']);
  expect(rings[0]!.watchers).toBe(0);
  await vi.waitFor(() => expect(rings[1]!.watchers).toBe(1));
});
