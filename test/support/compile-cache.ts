/**
 * Where processes that tests start keep what Node has made of the sources: types stripped, and compiled. Hundreds of starts of the
 * command take a quarter less time with it.
 */
import { fileURLToPath } from 'node:url';

export const COMPILE_CACHE: Readonly<Record<string, string>> = {
  NODE_COMPILE_CACHE: fileURLToPath(new URL('../../node_modules/.cache/logcaster-tests', import.meta.url)),
};
