/** What the tests of the conformance kit share: parts of definitions, a way to run one case, and a way to close what leaks. */
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import type { ConformanceCase } from '../../src/testing.ts';

export const common = { type: 'under-test', summary: 'Is put to the test.', options: z.strictObject({}) };

export const examples = [{ title: 'Test', yaml: 'type: under-test\n' }];

/** Closes, at the end of the test, what a component has opened and does not close. */
export function closeLater(close: () => void | Promise<void>): void {
  onTestFinished(close);
}

/** Runs the case of this name. */
export async function run(cases: readonly ConformanceCase[], name: RegExp): Promise<void> {
  const found = cases.filter((each) => name.test(each.name));
  if (found.length !== 1) throw new Error(`${found.length} cases have a name like ${name}`);
  await found[0]!.run();
}

export async function runAll(cases: readonly ConformanceCase[]): Promise<void> {
  for (const each of cases) await each.run();
}
