/** A stop with a sink that hangs: it ends, at the latest at its deadline, and says what was lost. */
import { expect, test } from 'vitest';
import { hangingSinkDirectory } from '../support/hanging-sink.ts';
import { CommandProcess, eventually, LogcasterProcess } from '../support/logcaster-process.ts';

async function startWithThreeLines(stopTimeout: string): Promise<LogcasterProcess> {
  const cwd = hangingSinkDirectory(stopTimeout);
  const collector = await LogcasterProcess.start(['-c', 'hang.yaml'], { cwd });
  await collector.sendLines(['one', 'two', 'three']);
  await collector.stored(3);
  return collector;
}

test.each([
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const)('a second %s ends it at once', async (signal, exitCode) => {
  const collector = await startWithThreeLines('10m');
  collector.signal(signal);
  await collector.entry(`${signal}: stops`);
  expect(collector.hasExited).toBe(false);
  expect(await collector.stop(signal)).toMatchObject({ code: exitCode, signal: null });
  expect(await collector.entry('again')).toMatchObject({
    level: 'error',
    signal,
    abandoned: 3,
    msg: `${signal} again: ended at once, 3 lines abandoned`,
  });
});

test('the deadline of a stop holds, and what could not be stored is counted', async () => {
  const collector = await startWithThreeLines('500ms');
  expect(await collector.stop()).toMatchObject({ code: 1, signal: null });
  expect(collector.finalLedger).toMatchObject({
    unaccounted: 0,
    sinks: {
      ring: { stored: 3 },
      stuck: {
        offered: 3,
        stored: 0,
        inFlight: 0,
        dropped: { deadline: { lines: 3, intentional: false } },
      },
    },
  });
  expect(await collector.entry('could not be stored')).toMatchObject({
    level: 'error',
    abandoned: 3,
    msg: '3 lines could not be stored within 500ms: abandoned',
  });
  expect((await collector.entry('stopped')).msg).toBe(
    'stopped: 3 lines received; ring: 3 stored; stuck: 0 stored, 3 dropped (deadline); 0 unaccounted',
  );
});

test('a start that hangs does not keep it from stopping', async () => {
  const cwd = hangingSinkDirectory('100ms', 'hang-at-start');
  const command = new CommandProcess(['-c', 'hang.yaml'], { cwd });
  await command.entry('hangs');
  command.signal('SIGTERM');
  expect(await command.exited).toMatchObject({ code: 1, signal: null });
  expect(await command.entry('still starting')).toMatchObject({ level: 'error' });
});

test('a second signal ends a start that hangs at once', async () => {
  const cwd = hangingSinkDirectory('10m', 'hang-at-start');
  const command = new CommandProcess(['-c', 'hang.yaml'], { cwd });
  await command.entry('hangs');
  command.signal('SIGTERM');
  await eventually(() => {
    command.signal('SIGTERM');
    expect(command.hasExited).toBe(true);
  });
  expect(await command.exited).toMatchObject({ code: 143, signal: null });
});
