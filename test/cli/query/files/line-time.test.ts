import { expect, test } from 'vitest';
import { timeInLine } from '../../../../src/cli/query/files/line-time.ts';

const NOON = Date.UTC(2026, 0, 31, 12);

test.each([
  ['2026-01-31T12:00:00.000Z text', NOON],
  ['2026-01-31 12:00:00,250 INFO text', NOON + 250],
  ['2026-01-31 12:00:00 text', NOON],
  ['[2026-01-31T13:00:00+01:00] text', NOON],
  ['{"level":30,"time":1769860800000,"msg":"x"}', NOON],
  ['{"ts":1769860800.25}', NOON + 250],
  ['{"@timestamp":"2026-01-31T12:00:00.123456Z"}', NOON + 123],
  ['time=2026-01-31T12:00:00Z level=info', NOON],
  ['10.0.0.1 - - [31/Jan/2026:12:00:00 +0000] "GET / HTTP/1.1"', NOON],
])('%s', (line, time) => {
  const bytes = Buffer.from(`before\n${line}\n`);
  expect(timeInLine(bytes, 7, bytes.length - 1)).toBe(time);
});

test.each(['no time', '', '2026-13-45T99:99:99Z', `${'x'.repeat(300)} 2026-01-31T12:00:00Z`])(
  '%j has none',
  (line) => {
    expect(timeInLine(Buffer.from(line), 0, line.length)).toBeNaN();
  },
);
