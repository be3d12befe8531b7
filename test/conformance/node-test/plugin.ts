/** A sink and its conformance test for Node's own test runner; run by ../kit.node-test.test.ts. */
import { describe, test } from 'node:test';
import { z } from 'zod';
import { defineSink } from '../../../src/plugin.ts';
import { conformance, type SinkWorld } from '../../../src/testing.ts';

const forgets = process.env['FORGETS'] === 'yes';

let stored: Buffer[] = [];

const memory = defineSink({
  type: 'memory',
  summary: 'Keeps lines.',
  options: z.strictObject({}),
  examples: [{ title: 'Memory', yaml: 'type: memory\n' }],
  create: () => ({
    write(batch) {
      for (let index = forgets ? 1 : 0; index < batch.length; index++) stored.push(batch.line(index));
    },
  }),
});

function world(): SinkWorld {
  stored = [];
  return { stored: () => stored, forget: () => void (stored.length = 0) };
}

void describe('memory', () => {
  for (const { name, run } of conformance(memory, { world })) void test(name, { timeout: 60_000 }, run);
});
