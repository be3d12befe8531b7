import { Buffer } from 'node:buffer';
import { filter, map, Subject, take } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { Batch, type BatchInit, countDecodedLines, toFields } from '../../src/core/batch.ts';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import { Delivery } from '../../src/core/delivery.ts';
import { eachLine, type FromLinesInit, fromLines, Line } from '../../src/framing/lines.ts';

const origin = { source: 'test', peer: 'somebody' };
const elsewhere = { source: 'elsewhere' };

function makeBatch(texts: Iterable<string | Uint8Array>, init: Partial<BatchInit> = {}): Batch {
  return Batch.fromTexts(texts, { origin, receivedAt: 1000, ...init });
}

/** A clock that is a second later each time it is asked. */
function makeClock(): Clock {
  let now = 0;
  return { ...systemClock, now: () => (now += 1000) };
}

/** Everything that comes out of `fromLines`. */
function collect(init: Partial<FromLinesInit> = {}) {
  const lines$ = new Subject<string | Uint8Array | Line>();
  const batches: Batch[] = [];
  const ends: unknown[] = [];
  const subscription = lines$.pipe(fromLines({ origin, clock: makeClock(), ...init })).subscribe({
    next: (batch) => batches.push(batch),
    error: (error: unknown) => ends.push(error),
    complete: () => ends.push('complete'),
  });
  return { lines$, batches, ends, subscription, texts: () => batches.map((batch) => batch.texts()) };
}

describe('Line', () => {
  const fields = toFields([['level', 'info']]);
  const line = new Line(makeBatch(['zero', 'one'], { fields: [undefined, fields] }), 1);

  test('shows its part of the batch', () => {
    expect({ text: line.text, bytes: line.bytes.toString() }).toEqual({ text: 'one', bytes: 'one' });
    expect([line.fields, line.origin, line.receivedAt]).toEqual([fields, origin, 1000]);
    expect(new Line(makeBatch(['one']), 0).fields).toBeUndefined();
  });

  test('decodes when it is asked for the text, and not before', () => {
    const before = countDecodedLines();
    expect(line.bytes.length).toBe(3);
    expect(countDecodedLines()).toBe(before);
    expect(line.text).toBe('one');
    expect(countDecodedLines()).toBe(before + 1);
  });

  test('can be had with another content or other fields', () => {
    const shouted = line.with({ content: line.text.toUpperCase() });
    expect([shouted.text, shouted.fields, shouted.origin, shouted.receivedAt]).toEqual([
      'ONE',
      fields,
      origin,
      1000,
    ]);
    expect(line.with({ content: Buffer.of(0xff) }).bytes).toEqual(Buffer.of(0xff));
    const bare = line.with({ fields: undefined });
    expect([bare.text, bare.fields]).toEqual(['one', undefined]);
    expect(line.text).toBe('one');
  });
});

describe('eachLine', () => {
  test('emits the lines of each batch in order', () => {
    const batches$ = new Subject<Batch>();
    const texts: string[] = [];
    let isComplete = false;
    batches$.pipe(eachLine()).subscribe({
      next: (line) => texts.push(line.text),
      complete: () => {
        isComplete = true;
      },
    });
    batches$.next(makeBatch(['one', 'two']));
    batches$.next(makeBatch(['three']));
    expect(texts).toEqual(['one', 'two', 'three']);
    batches$.complete();
    expect(isComplete).toBe(true);
  });

  test('passes an error on', () => {
    const batches$ = new Subject<Batch>();
    const errors: unknown[] = [];
    batches$.pipe(eachLine()).subscribe({ error: (error: unknown) => errors.push(error) });
    const error = new Error('no more');
    batches$.error(error);
    expect(errors).toEqual([error]);
  });

  test('settles a batch behind its last line', () => {
    const events: unknown[] = [];
    const batches$ = new Subject<Batch>();
    batches$.pipe(eachLine()).subscribe((line) => events.push(line.text));
    batches$.next(makeBatch(['one', 'two'], { delivery: new Delivery((stored) => events.push(stored)) }));
    expect(events).toEqual(['one', 'two', true]);
  });

  test('settles a batch as not stored when the subscriber leaves in the middle', () => {
    const events: unknown[] = [];
    const batches$ = new Subject<Batch>();
    batches$.pipe(eachLine(), take(2)).subscribe((line) => events.push(line.text));
    batches$.next(
      makeBatch(['one', 'two', 'three'], { delivery: new Delivery((stored) => events.push(stored)) }),
    );
    expect(events).toEqual(['one', 'two', false]);
    expect(batches$.observed).toBe(false);
  });
});

describe('fromLines', () => {
  test('makes a batch of what is emitted in one go', async () => {
    const { lines$, batches, texts } = collect();
    lines$.next('one');
    lines$.next(Buffer.from('two'));
    expect(batches).toEqual([]);
    await Promise.resolve();
    lines$.next('three');
    await Promise.resolve();
    expect(texts()).toEqual([['one', 'two'], ['three']]);
    expect(batches.map((batch) => [batch.origin, batch.receivedAt, batch.fields])).toEqual([
      [origin, 1000, undefined],
      [origin, 2000, undefined],
    ]);
  });

  test('makes no batch larger than it may', () => {
    const lines = collect({ maxLines: 2 });
    for (const text of ['1', '2', '3', '4', '5']) lines.lines$.next(text);
    expect(lines.texts()).toEqual([
      ['1', '2'],
      ['3', '4'],
    ]);

    const bytes = collect({ maxBytes: 8 });
    for (const text of ['123', '456', '7']) bytes.lines$.next(text);
    expect(bytes.texts()).toEqual([['123', '456']]);
  });

  test('emits what waits before it completes or fails', async () => {
    const completed = collect();
    completed.lines$.next('one');
    completed.lines$.complete();
    expect(completed.texts()).toEqual([['one']]);
    expect(completed.ends).toEqual(['complete']);

    const failed = collect();
    failed.lines$.next('one');
    failed.lines$.error('no more');
    expect(failed.texts()).toEqual([['one']]);
    expect(failed.ends).toEqual(['no more']);

    await Promise.resolve();
    expect(completed.batches).toHaveLength(1);
  });

  test('emits nothing after the subscriber has left', async () => {
    const { lines$, batches, subscription } = collect();
    lines$.next('one');
    subscription.unsubscribe();
    await Promise.resolve();
    expect(batches).toEqual([]);
    expect(lines$.observed).toBe(false);
  });

  test('copies what is emitted', async () => {
    const { lines$, texts } = collect();
    const bytes = Buffer.from('one');
    lines$.next(bytes);
    await Promise.resolve();
    bytes.fill('x');
    expect(texts()).toEqual([['one']]);
  });

  test('keeps origin, time and fields of lines, in batches of their own', () => {
    const { lines$, batches, texts } = collect();
    const fields = toFields([['level', 'info']]);
    const mine = makeBatch(['one', 'two'], { fields: [undefined, fields] });
    const theirs = makeBatch(['three'], { origin: elsewhere });
    const later = makeBatch(['four'], { receivedAt: 5000 });
    for (const batch of [mine, theirs, later]) {
      for (let index = 0; index < batch.length; index++) lines$.next(new Line(batch, index));
    }
    lines$.next('five');
    lines$.complete();
    expect(texts()).toEqual([['one', 'two'], ['three'], ['four'], ['five']]);
    expect(batches.map((batch) => [batch.origin, batch.receivedAt, batch.fields])).toEqual([
      [origin, 1000, [undefined, fields]],
      [elsewhere, 1000, undefined],
      [origin, 5000, undefined],
      [origin, 1000, undefined],
    ]);
  });

  test('takes up lines between which any operator stands', () => {
    const batches$ = new Subject<Batch>();
    const texts: string[][] = [];
    batches$
      .pipe(
        eachLine(),
        filter((line) => !line.text.includes('debug')),
        map((line) => line.with({ content: line.text.toUpperCase() })),
        fromLines({ origin, clock: systemClock }),
      )
      .subscribe((batch) => texts.push(batch.texts()));
    batches$.next(makeBatch(['one', 'debug: two', 'three']));
    batches$.complete();
    expect(texts).toEqual([['ONE', 'THREE']]);
  });
});
