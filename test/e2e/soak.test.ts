/** A short soak: the process is killed, told to reload, and its connections are reset, while a judge from outside counts lines. */
import { expect, test } from 'vitest';
import { readOptions } from '../soak/options.ts';
import { breachesOf, report } from '../soak/report.ts';
import { soak } from '../soak/soak.ts';

test('nothing is lost, torn or invented while the collector is killed and reloaded', {
  timeout: 240_000,
}, async () => {
  const options = readOptions(
    '--minutes 0.12 --seed 4 --faults kill,reset,reload --connections 8 --rate 1500'.split(' '),
  );
  const result = await soak(options);
  const breaches = breachesOf(result);
  if (breaches.length > 0) console.error(report(result));
  expect(breaches).toEqual([]);
  const fired = [...result.fired.keys()].join(' ');
  expect(fired).toMatch(/kill/);
  expect(fired).toMatch(/reload/);
  expect(fired).toMatch(/reset/);
  const files = result.verdicts.find(({ sink }) => sink === 'files')!;
  expect(files.stored).toBeGreaterThan(0);
});
