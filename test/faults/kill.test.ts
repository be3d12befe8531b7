/** kill -9 under load, fifty times in a row on one directory. */
import { expect, test } from 'vitest';
import { killAgainAndAgain } from '../support/kill-again.ts';

test('fifty times kill -9: nothing that was counted as stored is lost, and each line is whole, once and in order', {
  timeout: 600_000,
}, async () => {
  await expect(killAgainAndAgain(50)).resolves.toBeUndefined();
});
