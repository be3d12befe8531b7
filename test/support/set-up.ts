/**
 * Runs before each test file. A gate has to give the same answer for the same code, so in CI properties are checked with one
 * seed; everywhere else each run looks in another place.
 */
import { fc } from '@fast-check/vitest';

if (process.env['CI'] !== undefined) fc.configureGlobal({ seed: 20_261_125 });
