/** Errors that a plugin lets go of do not end the process, and cost nobody a line. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LogcasterProcess, temporaryDirectory } from '../support/logcaster-process.ts';

const PLUGIN = `
import { defineSink } from 'logcaster/plugin';
const options = {
  '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }), jsonSchema: { input: () => ({ type: 'object' }) } },
};
export const careless = defineSink({
  type: 'careless',
  summary: 'Throws where nobody can catch it.',
  options,
  examples: [],
  create: () => ({
    write() {
      setTimeout(() => { throw new Error('from a timer'); });
      void Promise.reject(new Error('from a promise'));
    },
  }),
});
`;

test('an exception in a timer, and a rejection that nobody awaits', async () => {
  const cwd = temporaryDirectory();
  writeFileSync(join(cwd, 'careless.mjs'), PLUGIN);
  writeFileSync(
    join(cwd, 'careless.yaml'),
    `plugins: [./careless.mjs]
sources: { tcp: { type: tcp, port: 0 } }
pipelines: { main: { from: tcp, to: [careless, ring] } }
sinks: { careless: { type: careless }, ring: { type: ring } }
query: { port: 0 }
`,
  );
  const collector = await LogcasterProcess.start(['-c', 'careless.yaml'], { cwd });
  await collector.sendLines(['one']);
  expect(await collector.entry('nobody caught')).toMatchObject({ level: 'error' });
  await collector.sendLines(['two', 'three']);
  await collector.stored(3);
  expect(await collector.stop()).toMatchObject({ code: 0 });
  expect(collector.finalLedger).toMatchObject({ unaccounted: 0, sinks: { ring: { stored: 3 } } });
});
