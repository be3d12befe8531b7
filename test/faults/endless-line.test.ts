/** 1 GiB without a line feed. */
import { expect, test } from 'vitest';
import { sendEndlessLine } from '../support/endless-line.ts';

test.runIf(process.platform === 'linux')(
  '1 GiB without a line feed is cut at the limit, and memory stays flat',
  async () => {
    await expect(sendEndlessLine(1024)).resolves.toBeUndefined();
  },
);
