/**
 * A directory with a configuration, `hang.yaml`, in which lines go to a ring and to a sink that never stores anything, or
 * never starts (`type: 'hang-at-start'`).
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from './logcaster-process.ts';
import { sinkPlugin } from './sink-plugin.ts';

const PLUGIN = `${sinkPlugin('hang', 'Never stores anything.', '() => ({ write: () => new Promise(() => {}) })')}
export const hangAtStart = {
  ...definition,
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
