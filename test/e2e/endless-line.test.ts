/** A line without an end; test/faults/endless-line.test.ts has one of 1 GiB. */
import { expect, test } from 'vitest';
import { sendEndlessLine } from '../support/endless-line.ts';

test.runIf(process.platform === 'linux')('is cut at the limit, and memory stays flat', async () => {
  await expect(sendEndlessLine(128)).resolves.toBeUndefined();
});
