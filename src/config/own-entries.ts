/**
 * Lets configurations and plugins import `logcaster` where it is not installed beside them (when LogCaster was started with
 * npx, or from a clone): they get the one that runs. Where it is installed, that one is taken, as always.
 */
import { registerHooks } from 'node:module';

const ENTRIES = new Map([
  ['logcaster', 'index'],
  ['logcaster/plugin', 'plugin'],
  ['logcaster/testing', 'testing'],
]);

let isOffered = false;

/** From now on, what is imported can import the entries of the LogCaster that runs. */
export function offerOwnEntries(): void {
  if (isOffered) return;
  isOffered = true;
  // `.ts` in a clone, `.js` in the package.
  const ending = import.meta.url.slice(import.meta.url.lastIndexOf('.'));
  registerHooks({
    resolve(specifier, context, next) {
      const entry = ENTRIES.get(specifier);
      if (entry === undefined) return next(specifier, context);
      try {
        return next(specifier, context);
      } catch {
        return { url: new URL(`../${entry}${ending}`, import.meta.url).href, shortCircuit: true };
      }
    },
  });
}
