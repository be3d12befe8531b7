#!/usr/bin/env node
/**
 * The command: argv in, exit code out, and the only `process.exit` of the product.
 *
 * It checks the Node version before anything else is loaded. Old versions must be able to parse this file for that, so it has
 * no static import, and no syntax that is newer than Node 14.
 */
const required = [22, 18] as const;

function isTooOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < required[0] || (major === required[0] && minor < required[1]);
}

if (isTooOld(process.versions.node)) {
  console.error(
    `logcaster needs Node ${required.join('.')} or newer, and this is Node ${process.versions.node}.`,
  );
  process.exit(1);
}

import('../src/cli/main.ts')
  .then(({ main }) => main(process.argv.slice(2)))
  .then(
    (code) => process.exit(code),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
