/** kill -9 under load, again and again on one directory; fifty times in test/faults/. */
import { expect, test } from 'vitest';
import { killAgainAndAgain } from '../support/kill-again.ts';

test('nothing that was counted as stored is lost, and no line is torn, invented, there twice or out of order', async () => {
  await expect(killAgainAndAgain(4)).resolves.toBeUndefined();
});
