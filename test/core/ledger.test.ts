import { describe, expect, test } from 'vitest';
import { Ledger, PipelineAccount, SinkAccount, SourceAccount, Tally } from '../../src/core/ledger.ts';

test('a tally sums up by reason', () => {
  const tally = new Tally();
  tally.add('oversize', 2, true);
  tally.add('fragment', 1, false);
  tally.add('oversize', 3, true);
  tally.add('nothing', 0, true);
  expect(tally.total).toBe(6);
  expect(tally.toJSON()).toEqual({
    oversize: { lines: 5, intentional: true },
    fragment: { lines: 1, intentional: false },
  });
});

describe('the account of a source', () => {
  test('balances when every line was emitted, dropped, or is on its way', () => {
    const account = new SourceAccount();
    account.received = 10;
    account.emitted = 6;
    account.dropped.add('oversize', 1, true);
    expect(account.unaccounted).toBe(3);
    const leave = account.inFlight.add(() => 3);
    expect(account.unaccounted).toBe(0);
    leave();
    expect(account.unaccounted).toBe(3);
  });

  test('is data, with events and figures', () => {
    const account = new SourceAccount();
    account.received = account.emitted = 2;
    account.bytes = 20;
    account.note('truncated');
    account.note('truncated', 2);
    account.inspect = () => ({ clients: 4 });
    expect(account.toJSON()).toEqual({
      received: 2,
      bytes: 20,
      emitted: 2,
      dropped: {},
      noted: { truncated: 3 },
      inFlight: 0,
      clients: 4,
      unaccounted: 0,
    });
  });
});

test('the account of a pipeline balances', () => {
  const account = new PipelineAccount();
  account.received = 20;
  account.created = 5;
  account.filtered.add('filter', 4, true);
  account.failed.add('js', 3, false);
  account.dropped.add('sample', 2, true);
  account.merged = 1;
  account.offered = 10;
  expect(account.unaccounted).toBe(5);
  account.inFlight.add(() => 2);
  account.inFlight.add(() => 3);
  expect(account.toJSON()).toEqual({
    received: 20,
    created: 5,
    filtered: { filter: { lines: 4, intentional: true } },
    merged: 1,
    failed: { js: { lines: 3, intentional: false } },
    dropped: { sample: { lines: 2, intentional: true } },
    offered: 10,
    inFlight: 5,
    unaccounted: 0,
  });
});

describe('the account of a sink', () => {
  test('balances', () => {
    const account = new SinkAccount();
    account.offered = 10;
    account.stored = 4;
    account.dropped.add('dropOldest', 3, true);
    account.rejected.add('too-long', 1, false);
    expect(account.unaccounted).toBe(2);
    account.inFlight.add(() => 2);
    expect(account.toJSON()).toMatchObject({ offered: 10, stored: 4, inFlight: 2, unaccounted: 0 });
  });

  test("adds what is missing in the sink's own books, and lets no two faults cancel each other out", () => {
    const account = new SinkAccount();
    account.inspect = () => ({ resident: 7, unaccounted: -2 });
    expect([account.unaccounted, account.toJSON().unaccounted]).toEqual([2, 2]);
    account.offered = 2;
    expect(account.unaccounted).toBe(4);
    account.offered = 0;
    account.stored = 2;
    expect(account.unaccounted).toBe(4);
    expect(account.toJSON()).toMatchObject({ resident: 7 });
  });

  test("a sink's figures cannot pass for the account's", () => {
    const account = new SinkAccount();
    account.stored = 1;
    account.offered = 1;
    account.inspect = () => ({ stored: 99, inFlight: 98, unaccounted: 'many', size: 3 });
    expect(account.toJSON()).toMatchObject({ stored: 1, inFlight: 0, unaccounted: 0, size: 3 });
  });
});

describe('the ledger', () => {
  test('keeps one account a name, also names that objects have', () => {
    const ledger = new Ledger();
    expect(ledger.source('constructor')).toBe(ledger.source('constructor'));
    expect(ledger.sink('a')).not.toBe(ledger.sink('b'));
    ledger.pipeline('__proto__').received = 0;
    expect(Object.keys(ledger.toJSON().pipelines)).toEqual(['__proto__']);
  });

  test('balances when all that was routed has arrived', () => {
    const ledger = new Ledger();
    ledger.source('in').received = ledger.source('in').emitted = 5;
    ledger.source('in').routed = 10;
    for (const name of ['one', 'two']) {
      Object.assign(ledger.pipeline(name), { received: 5, offered: 5, routed: 5 });
    }
    const sink = ledger.sink('out');
    sink.offered = sink.stored = 10;
    expect(ledger.unaccounted).toBe(0);
    expect(ledger.toJSON().unaccounted).toBe(0);

    sink.offered = sink.stored = 9;
    expect(ledger.unaccounted).toBe(1);
  });

  test('takes a dead letter for a line that is offered once more, and for no other', () => {
    const ledger = new Ledger();
    Object.assign(ledger.source('in'), { received: 5, emitted: 5, routed: 5 });
    Object.assign(ledger.pipeline('main'), { received: 5, offered: 5, routed: 5 });
    const [out, dead] = [ledger.sink('out'), ledger.sink('dead')];
    Object.assign(out, { offered: 5, stored: 3, deadLetters: 2 });
    out.rejected.add('unwanted', 2, false);
    Object.assign(dead, { offered: 2, stored: 2 });
    expect(ledger.unaccounted).toBe(0);
    expect(ledger.toJSON().sinks['out']).toMatchObject({ deadLetters: 2, unaccounted: 0 });

    Object.assign(dead, { offered: 1, stored: 1 });
    expect(ledger.unaccounted).toBe(1);
  });

  test('does not let faults of two accounts cancel each other out', () => {
    const ledger = new Ledger();
    ledger.source('a').received = 1;
    ledger.source('b').emitted = 1;
    expect(ledger.unaccounted).toBe(2);
  });
});
