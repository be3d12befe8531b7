import { expect, test, vi } from 'vitest';
import { readLastEvent } from '../../../src/query/http/events.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { settle } from '../../support/turns.ts';
import { FakeRing } from '../fake-target.ts';
import { FakeHttp } from './fake-http.ts';

const LONG = 20_000;

interface Event {
  readonly id?: string;
  readonly event?: string;
  readonly data?: string;
}

/** The events of an answer; chunk sizes and comments are left out. */
function eventsOf(text: string): Event[] {
  return text
    .slice(text.indexOf('\r\n\r\n') + 4)
    .replaceAll(/\r\n[0-9a-f]+\r\n|^[0-9a-f]+\r\n|\r\n$/g, '')
    .split('\n\n')
    .filter((block) => block !== '' && !block.startsWith(':'))
    .map(
      (block) =>
        Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s).slice(0, 2))) as Event,
    );
}

function messages(text: string): unknown[] {
  return eventsOf(text).map(({ data = '{}' }) => (JSON.parse(data) as { message?: unknown }).message);
}

test('a tail is server-sent events: what was there, what comes, each with an id', async () => {
  const http = await FakeHttp.start(['a x', 'b', 'c x']);
  const tail = await http.ask('/api/tail?q=x&last=1');
  await vi.waitFor(() => expect(tail.soFar()).toContain('"c x"'), LONG);
  http.ring.store(['d', 'e x', 'f x']);
  await vi.waitFor(() => expect(tail.soFar()).toContain('"f x"'), LONG);
  expect(tail.soFar()).toMatch(/^HTTP\/1.1 200 OK\r\n/);
  expect(tail.soFar()).toContain('Content-Type: text/event-stream');
  expect(tail.soFar()).toContain(': lines come as they are received');
  const start = http.ring.firstTime;
  expect(eventsOf(tail.soFar()).map(({ id }) => id)).toEqual([
    `${start + 2000}-1`,
    `${start + 3000}-1`,
    `${start + 3000}-2`,
  ]);
  expect(messages(tail.soFar())).toEqual(['c x', 'e x', 'f x']);
});

test('a client that comes back goes on behind the line that it had', async () => {
  const http = await FakeHttp.start([]);
  http.ring.store(['a x', 'b', 'c x', 'd x']);
  http.ring.store(['e x']);
  // All four lines of the first batch have times of their own here; make the first three one moment.
  http.ring.timeOf = (index) => http.ring.firstTime + (index < 4 ? 0 : 1000);
  const tail = await http.ask('/api/tail?q=x', `Last-Event-ID: ${http.ring.firstTime}-2\r\n`);
  await vi.waitFor(() => expect(tail.soFar()).toContain('"e x"'), LONG);
  expect(messages(tail.soFar())).toEqual(['d x', 'e x']);
  expect(eventsOf(tail.soFar()).map(({ id }) => id)).toEqual([
    `${http.ring.firstTime}-3`,
    `${http.ring.firstTime + 1000}-1`,
  ]);
});

test.each(['', 'x', '1-', '-1', '1-2-3', '1'.repeat(30)])('%j is no id of an event', (id) => {
  expect(readLastEvent(id)).toBeUndefined();
});

test('while nothing comes there are comments', async () => {
  const clock = new ManualClock();
  const http = await FakeHttp.start([], { clock, http: { heartbeat: 1000 } });
  const tail = await http.ask('/api/tail');
  await vi.waitFor(() => expect(tail.soFar()).toContain(': lines come'), LONG);
  expect(tail.soFar()).not.toContain('keep-alive\n\n');
  for (const count of [1, 2, 3]) {
    await settle();
    clock.advance(1000);
    await vi.waitFor(() => expect(tail.soFar().match(/: keep-alive\n\n/g)).toHaveLength(count), LONG);
  }
  http.ring.store(['at last']);
  await vi.waitFor(() => expect(tail.soFar()).toContain('"at last"'), LONG);
  tail.socket.destroy();
  await vi.waitFor(() => expect(http.answering.inspect()).toMatchObject({ tailing: 0 }), LONG);
  expect(clock.timers).toBe(0);
});

test('a slow client skips lines and is told how many', async () => {
  const http = new FakeHttp(new FakeRing(), { query: { maxTailBytes: 100_000 } });
  await http.start();
  const tail = await http.ask('/api/tail');
  await vi.waitFor(() => expect(http.answering.inspect()).toMatchObject({ tailing: 1 }), LONG);
  tail.socket.pause();
  const line = 'x'.repeat(1000);
  await vi.waitFor(async () => {
    for (let index = 0; index < 500; index++) http.ring.store([line]);
    http.ring.lines = [];
    await settle();
    expect(
      Number(http.answering.inspect()['tailLinesSkipped']) + Number(http.answering.inspect()['tailBuffer']),
    ).toBeGreaterThan(90_000);
  }, LONG);
  tail.socket.resume();
  await vi.waitFor(() => expect(tail.soFar()).toContain('event: skipped'), LONG);
  const skipped = eventsOf(tail.soFar())
    .filter(({ event }) => event === 'skipped')
    .map(({ data }) => (JSON.parse(data!) as { skipped: number }).skipped);
  expect(skipped.reduce((a, b) => a + b, 0)).toBeGreaterThan(0);
});

test('one tail too many is refused before it begins', async () => {
  const http = new FakeHttp(new FakeRing(), { query: { maxTails: 1 } });
  await http.start();
  const first = await http.ask('/api/tail');
  await vi.waitFor(() => expect(first.soFar()).toContain(': lines come'), LONG);
  const { status, headers, body } = await http.get('/api/tail');
  expect(status).toBe(503);
  expect(headers['retry-after']).toBe('1');
  expect(JSON.parse(body)).toMatchObject({ code: 'LC_QUERY_LIMIT' });
  expect((await http.get('/api/tail?format=text')).status).toBe(503);
  first.socket.destroy();
  await vi.waitFor(() => expect(http.answering.inspect()).toMatchObject({ tailing: 0 }), LONG);
});

test('a tail as text', async () => {
  const http = await FakeHttp.start(['a']);
  const tail = await http.ask('/api/tail?format=text&last=5');
  await vi.waitFor(() => expect(tail.soFar()).toContain('a\n'), LONG);
  http.ring.store(['b']);
  await vi.waitFor(() => expect(tail.soFar()).toContain('b\n'), LONG);
  expect(tail.soFar()).toContain('Content-Type: text/plain');
});
