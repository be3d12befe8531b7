import { describe, expect, test } from 'vitest';
import {
  ERRORS,
  isRejectedError,
  isRetryable,
  isRetryableError,
  LogCasterError,
  messageOf,
  RejectedError,
  RetryableError,
} from '../../src/core/errors.ts';

test('every code has a summary and a hint that are sentences', () => {
  for (const [code, { summary, hint }] of Object.entries(ERRORS)) {
    expect(code).toMatch(/^LC_[A-Z]+(_[A-Z]+)+$/);
    for (const text of [summary, hint]) expect(text).toMatch(/^[A-Z`].*[.!?]$/);
  }
});

test('an error has the hint of its code, or its own, and keeps its cause', () => {
  const cause = new Error('inner');
  const error = new LogCasterError('LC_LISTEN_FAILED', 'port taken', { cause });
  expect(error).toMatchObject({
    name: 'LogCasterError',
    code: 'LC_LISTEN_FAILED',
    message: 'port taken',
    hint: ERRORS.LC_LISTEN_FAILED.hint,
    cause,
  });
  expect(new LogCasterError('LC_LISTEN_FAILED', 'no', { hint: 'try again' }).hint).toBe('try again');
  expect('cause' in new LogCasterError('LC_LISTEN_FAILED', 'no')).toBe(false);
});

test('a retryable error says how much is stored, and when to come back', () => {
  expect(new RetryableError('later')).toMatchObject({ stored: 0, retryAfter: undefined });
  const cause = new Error('inner');
  expect(new RetryableError('later', { stored: 3, retryAfter: 50, cause })).toMatchObject({
    stored: 3,
    retryAfter: 50,
    cause,
  });
});

test('a rejected error has a reason, which is its message by default', () => {
  expect(new RejectedError('too-long')).toMatchObject({ reason: 'too-long', message: 'too-long' });
  expect(new RejectedError('too-long', 'it is')).toMatchObject({ reason: 'too-long', message: 'it is' });
});

describe('whether trying again can help', () => {
  test.each([
    [new RetryableError('later'), true],
    [Object.assign(new Error('full'), { code: 'ENOSPC' }), true],
    [Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }), true],
    [Object.assign(new Error('not there'), { code: 'ENOENT' }), false],
    [Object.assign(new Error('odd'), { code: 7 }), false],
    [new RejectedError('no'), false],
    [new Error('no'), false],
    ['ENOSPC', false],
    [null, false],
    [undefined, false],
  ])('%s: %s', (error, expected) => {
    expect(isRetryable(error)).toBe(expected);
  });
});

test('an error passes if the one that caused it does', () => {
  const refused = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
  expect(isRetryable(new TypeError('fetch failed', { cause: refused }))).toBe(true);
  expect(isRetryable(new Error('outer', { cause: new Error('inner', { cause: refused }) }))).toBe(true);
  expect(isRetryable(new RejectedError('no', 'no', { cause: refused }))).toBe(false);
  const denied = Object.assign(new Error('denied', { cause: refused }), { code: 'EACCES' });
  expect(isRetryable(denied)).toBe(false);
  const circle = new Error('circle');
  circle.cause = circle;
  expect(isRetryable(circle)).toBe(false);
});

function ofAnother(name: string): Error {
  return Object.assign(new Error('no'), { name });
}

test('errors of another copy of the package are known by their name', () => {
  expect(isRetryableError(ofAnother('RetryableError'))).toBe(true);
  expect(isRetryable(ofAnother('RetryableError'))).toBe(true);
  expect(isRejectedError(ofAnother('RejectedError'))).toBe(true);
  expect(isRetryableError(ofAnother('RejectedError'))).toBe(false);
  expect(isRejectedError(undefined)).toBe(false);
});

describe('the message of whatever was thrown', () => {
  test.each([
    [new Error('plain'), 'plain'],
    [new TypeError(''), 'TypeError'],
    [new Error('two\n   lines'), 'two lines'],
    [
      new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') }),
      'fetch failed: connect ECONNREFUSED',
    ],
    [new Error('write failed', { cause: new Error('inner') }), 'write failed'],
    ['text', 'text'],
    [Symbol('odd'), 'Symbol(odd)'],
    [undefined, 'undefined'],
    [Object.assign(new Error('x'), { message: 7 }), '7'],
    [Object.create(null), 'something that cannot be shown was thrown'],
  ])('is %#', (error, expected) => {
    expect(messageOf(error)).toBe(expected);
  });
});
