/** Making and starting a component: who fails, or takes long, is named. */
import type { Clock, Timer } from '../../core/clock.ts';
import { LogCasterError, messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';

/** After so many ms, and again after as many, a start that has not ended is mentioned. */
const LONG = 10_000;

/** Answers what `make` does; what it throws gets the component's name, as in `sink out (file)`. */
export function makeNamed<T>(subject: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw named(error, subject, 'made');
  }
}

/**
 * Checks that what `create` answered can do one of these things. Types say so already, but plugins in JavaScript have none.
 *
 * @throws TypeError
 */
export function mustHave<T extends object>(component: T, ...oneOf: readonly (keyof T | string)[]): T {
  if (component instanceof Promise) {
    // Nobody is going to wait for it.
    component.catch(() => {});
    throw new TypeError('`create` answered a promise; what takes time belongs into `start`');
  }
  if (typeof component !== 'object' || component === null) {
    throw new TypeError(`\`create\` answered ${component === null ? 'null' : typeof component}`);
  }
  if (oneOf.some((name) => (component as Record<PropertyKey, unknown>)[name] != null)) return component;
  throw new TypeError(
    `what \`create\` answered has no ${oneOf.map((name) => `\`${String(name)}\``).join(' or ')}`,
  );
}

/** Waits for a start; what it throws gets the component's name, and a start that takes long is mentioned. */
export async function startNamed(
  subject: string,
  environment: { readonly clock: Clock; readonly log: Logger },
  start: () => unknown,
): Promise<void> {
  try {
    await mentioned(subject, 'started', environment, start);
  } catch (error) {
    throw named(error, subject, 'started');
  }
}

/** Waits for what a component does at its beginning; what takes long is mentioned: it `has not` … */
export async function mentioned(
  subject: string,
  what: string,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
  work: () => unknown,
): Promise<void> {
  const begin = clock.monotonic();
  // While it waits the process lives on: it is not to end without a word.
  const wait = (): Timer => clock.after(LONG, mention, { keepAlive: true });
  const mention = (): void => {
    const seconds = Math.round((clock.monotonic() - begin) / 1000);
    log.warn({ component: subject, seconds }, `${subject}: has not ${what} after ${seconds} s`);
    timer = wait();
  };
  let timer = wait();
  try {
    await work();
  } finally {
    timer.cancel();
  }
}

/** LogCaster's own errors say who they are about. */
function named(error: unknown, subject: string, what: string): LogCasterError {
  if (error instanceof LogCasterError) return error;
  const message = `${subject} cannot be ${what}: ${messageOf(error)}`;
  return new LogCasterError('LC_COMPONENT_FAILED', message, { cause: error });
}
