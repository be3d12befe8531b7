import { expect, test } from 'vitest';
import { Serial } from '../../src/core/serial.ts';

test('does jobs one after the other, in order, also after one that failed', async () => {
  const serial = new Serial();
  const seen: string[] = [];
  const job =
    (name: string, fails = false) =>
    async () => {
      seen.push(`${name} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(`${name} ends`);
      if (fails) throw new Error(name);
      return name;
    };
  const results = await Promise.allSettled([
    serial.run(job('a')),
    serial.run(job('b', true)),
    serial.run(job('c')),
  ]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
});

test('a job that throws before it waits fails its own promise only', async () => {
  const serial = new Serial();
  await expect(
    serial.run(() => {
      throw new Error('at once');
    }),
  ).rejects.toThrow('at once');
  await expect(serial.run(async () => 1)).resolves.toBe(1);
});
