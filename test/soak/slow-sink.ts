/**
 * A plugin with a sink that is told from outside to be a bad one: the file `control` holds `normal`, `slow`, `hang`, `fail` (try again
 * later) or `reject` (never).
 * It writes what it takes to a file of its own for each start, in one piece a batch, so that what it has stored can be judged.
 */
import { appendFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { defineSink, RejectedError, RetryableError } from '../../src/plugin.ts';

const SLOW_MS = 150;

export const soakSlow = defineSink({
  type: 'soak-slow',
  summary: 'Writes lines to a file, or does not, as it is told.',
  options: z.strictObject({
    directory: z.string().meta({ description: 'Where its files are', unit: 'path' }),
    control: z.string().meta({ description: 'The file that says what to do', unit: 'path' }),
  }),
  examples: [],
  create({ directory, control }) {
    let path = '';
    const mode = (): string => {
      try {
        return readFileSync(control, 'utf8').trim();
      } catch {
        return 'normal';
      }
    };
    const disposed = new AbortController();
    return {
      start() {
        mkdirSync(directory, { recursive: true });
        path = `${directory}/out-${String(readdirSync(directory).length).padStart(6, '0')}.log`;
      },
      async write(batch) {
        if (mode() === 'fail') throw new RetryableError('fails, as it was told to');
        if (mode() === 'reject') throw new RejectedError('told', 'refuses, as it was told to');
        if (mode() === 'slow') await sleep(SLOW_MS);
        while (mode() === 'hang' && !disposed.signal.aborted) await sleep(50);
        if (disposed.signal.aborted) throw new Error('was ended while it hung');
        appendFileSync(path, Buffer.concat(batch.chunks()));
      },
      async [Symbol.asyncDispose]() {
        disposed.abort();
      },
    };
  },
});
