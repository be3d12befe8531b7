/** The judge is only worth something if it finds what is wrong. */
import { describe, expect, test } from 'vitest';
import { Ledger } from '../../src/core/ledger.ts';
import type { Life } from './collector-process.ts';
import type { Sent } from './journal.ts';
import { type Evidence, judge, type Verdict } from './judge.ts';
import { toLine } from './line.ts';
import type { JudgedSink } from './topology.ts';

const RUN = 'test';
const files: JudgedSink = {
  name: 'files',
  kind: 'file',
  directory: '',
  suffix: '.log',
  lossless: true,
  mayRepeat: false,
  sources: ['tcp'],
};

const clean: Sent = { conn: 0, source: 'tcp', lines: 4, ending: 'clean', openedAt: 10_000, closedAt: 11_000 };

function life(
  stored: number,
  { ending = 'stopped', dropped = 0 }: { ending?: Life['ending']; dropped?: number } = {},
): Life {
  const ledger = new Ledger();
  const account = ledger.sink('files');
  account.offered = stored + dropped;
  account.stored = stored;
  account.dropped.add('dropOldest', dropped, true);
  const said = ledger.toJSON();
  return {
    startedAt: 0,
    endedAt: 20_000,
    ending,
    code: 0,
    entries: [],
    polled: said,
    final: ending === 'stopped' ? said : undefined,
  };
}

/** Judges these lines of connection 0, by number or as bytes. */
function judgeLines(lines: readonly (number | Buffer)[], evidence: Partial<Evidence> = {}): Verdict {
  return judge({
    sink: files,
    run: RUN,
    found: lines.map((line) => ({
      line: typeof line === 'number' ? toLine(RUN, 0, line) : line,
      ended: true,
      path: 'current.log',
    })),
    isOrdered: true,
    taken: [],
    sent: [clean],
    lives: [life(lines.length)],
    storedByLife: [lines.length],
    ...evidence,
  });
}

test('all lines in order, as many as counted: no breach', () => {
  expect(judgeLines([0, 1, 2, 3])).toMatchObject({ sent: 4, stored: 4, missing: {}, breaches: [] });
});

describe('what is wrong is found', () => {
  test.each([
    ['a line that is there twice', [0, 1, 1, 2, 3], { duplicates: 1 }],
    ['a line behind a later one', [0, 2, 1, 3], { outOfOrder: 1 }],
    ['a line that is cut', [0, 1, 2, toLine(RUN, 0, 3).subarray(0, -1)], { torn: 1 }],
    [
      'a line that was glued to another',
      [0, 1, 2, Buffer.concat([toLine(RUN, 0, 3), toLine(RUN, 0, 2)])],
      { torn: 1 },
    ],
    ['a line with another byte', [0, 1, 2, changed(toLine(RUN, 0, 3))], { torn: 1 }],
    ['a line of nobody', [0, 1, 2, 3, Buffer.from('hello')], { invented: 1 }],
    ['a line that was never sent', [0, 1, 2, 3, 4], { invented: 1 }],
    ['a line of a connection that never was', [0, 1, 2, 3, toLine(RUN, 7, 0)], { invented: 1 }],
    ['a line that is missing in the midst', [0, 1, 3], { missing: { within: 1 } }],
    ['a line that is missing at a clean end', [0, 1, 2], { missing: { unexplained: 1 } }],
  ])('%s', (_, lines, expected) => {
    const verdict = judgeLines(lines);
    expect(verdict).toMatchObject(expected);
    expect(verdict.breaches).not.toEqual([]);
  });

  test('less than what counted as stored, also by a process that was killed', () => {
    const lives = [life(4, { ending: 'killed' })];
    const { breaches } = judgeLines([0, 1, 2], { lives, storedByLife: [3] });
    expect(breaches).toEqual(['life 1 (killed): 4 counted as stored, 3 are there']);
  });

  test('more than what counted as stored', () => {
    const { breaches } = judgeLines([0, 1, 2, 3], { lives: [life(3)] });
    expect(breaches).toEqual(['life 1 (stopped): 4 are there, but only 3 counted as stored']);
  });

  test('more missing than the policy says it dropped', () => {
    const sink = { ...files, lossless: false };
    expect(judgeLines([0, 3], { sink, lives: [life(2, { dropped: 2 })] }).breaches).toEqual([]);
    expect(judgeLines([0, 3], { sink, lives: [life(2, { dropped: 1 })] }).breaches).toHaveLength(1);
  });
});

describe('what has a reason is no breach', () => {
  test('what a source gave up at a deadline, and the ledger says so', () => {
    const ledger = new Ledger();
    ledger.sink('files').stored = ledger.sink('files').offered = 2;
    ledger.source('tcp').dropped.add('abandoned', 2, false);
    const lives = [{ ...life(2), final: ledger.toJSON() }];
    expect(judgeLines([0, 1], { lives })).toMatchObject({ missing: { unexplained: 2 }, breaches: [] });
    ledger.source('tcp').dropped.add('fragment', 5, false);
    expect(judgeLines([0], { lives: [{ ...life(1), final: ledger.toJSON() }] }).breaches).not.toEqual([]);
  });

  test('the end of a connection that was reset', () => {
    expect(judgeLines([0, 1], { sent: [{ ...clean, ending: 'reset' }] })).toMatchObject({
      missing: { reset: 2 },
      breaches: [],
    });
  });

  test('the end of a connection in a life that was killed, but not a gap in it', () => {
    const lives = [life(2, { ending: 'killed' })];
    expect(judgeLines([0, 1], { lives })).toMatchObject({ missing: { killed: 2 }, breaches: [] });
    expect(judgeLines([0, 2], { lives }).breaches).toHaveLength(1);
  });

  test('what somebody took away', () => {
    expect(
      judgeLines([0, 3], {
        taken: [toLine(RUN, 0, 1), toLine(RUN, 0, 2)],
        lives: [life(4)],
        storedByLife: [4],
      }),
    ).toMatchObject({
      stored: 4,
      takenAway: 2,
      breaches: [],
    });
  });
});

function changed(line: Buffer): Buffer {
  const copy = Buffer.from(line);
  copy[copy.length - 1]! ^= 1;
  return copy;
}

test('what a spill gave again after a kill is counted, and no breach; without a kill it is one', () => {
  const sink = { ...files, mayRepeat: true };
  const judged = (ending: Life['ending']): Verdict =>
    judgeLines([0, 1, 1, 2, 3], { sink, lives: [life(5, { ending })] });
  expect(judged('killed')).toMatchObject({ duplicates: 1, breaches: [] });
  expect(judged('stopped').breaches).not.toEqual([]);
});
