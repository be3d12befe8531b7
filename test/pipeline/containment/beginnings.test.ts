import { expect, test } from 'vitest';
import { LogCasterError } from '../../../src/core/errors.ts';
import { makeNamed, mustHave, startNamed } from '../../../src/pipeline/containment/beginnings.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { MemoryLogger } from '../../support/memory-logger.ts';

function environment(): { clock: ManualClock; log: MemoryLogger } {
  return { clock: new ManualClock(), log: new MemoryLogger() };
}

test('who cannot be made or started is named, and the cause kept', async () => {
  const cause = new TypeError('boom');
  const fail = (): never => {
    throw cause;
  };
  expect(() => makeNamed('sink out (file)', fail)).toThrow(
    expect.objectContaining({
      code: 'LC_COMPONENT_FAILED',
      message: 'sink out (file) cannot be made: boom',
      cause,
    }),
  );
  await expect(startNamed('sink out (file)', environment(), fail)).rejects.toMatchObject({
    code: 'LC_COMPONENT_FAILED',
    message: 'sink out (file) cannot be started: boom',
    cause,
  });
});

test('an error of LogCaster is left as it is', async () => {
  const error = new LogCasterError('LC_LISTEN_FAILED', 'port 1 is taken');
  await expect(startNamed('source in (tcp)', environment(), () => Promise.reject(error))).rejects.toBe(error);
});

test('a start that takes long is mentioned every 10 s, until it has ended', async () => {
  const { clock, log } = environment();
  const { promise, resolve } = Promise.withResolvers<void>();
  const started = startNamed('sink out (slow)', { clock, log }, () => promise);
  clock.advance(9999);
  expect(log.messages()).toEqual([]);
  clock.advance(1);
  clock.advance(10_000);
  expect(log.messages()).toEqual([
    'warn: sink out (slow): has not started after 10 s',
    'warn: sink out (slow): has not started after 20 s',
  ]);
  resolve();
  await started;
  clock.advance(60_000);
  expect(log.entries).toHaveLength(2);
});

test('what is no component is told apart', () => {
  const sink = { write: () => {} };
  expect(mustHave(sink, 'write', 'writeAll')).toBe(sink);
  const problems = [{ wirte: () => {} }, undefined, null, 7, Promise.reject(new Error('later'))].map(
    (each) => {
      try {
        return mustHave(each as object, 'write', 'writeAll');
      } catch (error) {
        return String(error);
      }
    },
  );
  expect(problems).toEqual([
    'TypeError: what `create` answered has no `write` or `writeAll`',
    'TypeError: `create` answered undefined',
    'TypeError: `create` answered null',
    'TypeError: `create` answered number',
    'TypeError: `create` answered a promise; what takes time belongs into `start`',
  ]);
});
