/**
 * A directory with a configuration, `hang.yaml`, in which lines go to a ring and to a sink that never stores anything, or
 * never starts (`type: 'hang-at-start'`).
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from './logcaster-process.ts';

const PLUGIN = `
const options = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value) => ({ value }),
    jsonSchema: { input: () => ({ type: 'object' }) },
  },
};
export const hang = {
  kind: 'sink',
  apiVersion: 1,
  type: 'hang',
  summary: 'Never stores anything.',
  options,
  examples: [],
  create: () => ({ write: () => new Promise(() => {}) }),
};
export const hangAtStart = {
  ...hang,
  type: 'hang-at-start',
  create: () => ({ start: () => new Promise(() => { console.error('{"msg":"hangs"}'); }), write() {} }),
};
`;

export function hangingSinkDirectory(stopTimeout: string, type = 'hang'): string {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'hang.mjs'), PLUGIN);
  writeFileSync(
    join(directory, 'hang.yaml'),
    `plugins: [./hang.mjs]
sources: { tcp: { type: tcp, port: 0 } }
pipelines: { main: { from: tcp, to: [ring, stuck] } }
sinks: { ring: { type: ring }, stuck: { type: ${type} } }
query: { port: 0 }
shutdown: { timeout: ${stopTimeout} }
`,
  );
  return directory;
}
