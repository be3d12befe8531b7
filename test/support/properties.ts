/**
 * fast-check, for the tests of properties: the only way to it, so that only they pay for loading it. A gate has to give the
 * same answer for the same code, so in CI properties are checked with one seed; everywhere else each run looks in another
 * place. A property that fails prints its seed.
 */
import { test } from '@fast-check/vitest';
import * as fc from 'fast-check';

if (process.env['CI'] !== undefined) fc.configureGlobal({ seed: 20_261_125 });

export { fc, test };
