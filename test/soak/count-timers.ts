/**
 * Preloaded into the collector (`--import`), before anything else is: counts the timers that are set and have neither fired nor been
 * cancelled. Once a second the number is written to the file that `LOGCASTER_SOAK_CLOCK` names with `.timers` behind it, with what keeps
 * the process alive.
 */
import { writeFileSync } from 'node:fs';

const path = process.env['LOGCASTER_SOAK_CLOCK'];

if (path !== undefined) {
  const active = new Set<unknown>();
  const { setTimeout: set, setInterval: repeat, clearTimeout: cancel, clearInterval: end } = globalThis;
  const timeout = (
    action: (...args: unknown[]) => void,
    delay?: number,
    ...args: unknown[]
  ): NodeJS.Timeout => {
    const timer = set(() => {
      active.delete(timer);
      action(...args);
    }, delay);
    active.add(timer);
    return timer;
  };
  const interval = (action: () => void, delay?: number): NodeJS.Timeout => {
    const timer = repeat(action, delay);
    active.add(timer);
    return timer;
  };
  const clear = (timer: NodeJS.Timeout | undefined): void => {
    active.delete(timer);
    cancel(timer);
    end(timer);
  };
  Object.assign(globalThis, {
    setTimeout: timeout,
    setInterval: interval,
    clearTimeout: clear,
    clearInterval: clear,
  });
  repeat(() => {
    const handles = process.getActiveResourcesInfo().length;
    writeFileSync(`${path}.timers`, `${process.pid} ${active.size} ${handles}`);
  }, 1000).unref();
}
