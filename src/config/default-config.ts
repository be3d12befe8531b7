/**
 * The configuration of the command line without a file: lines from TCP into a ring, and into rotating files with `--persist`.
 * It is a configuration like any other; the flags are applied to it as to one from a file.
 */
import type { ConfigFlags } from './flags.ts';

/** Makes the built-in configuration for these flags. Pass them as `flags` to `loadConfig` too: it checks and applies them. */
export function defaultConfig({ persist = false }: ConfigFlags = {}): Record<string, unknown> {
  return {
    sources: { tcp: { type: 'tcp', host: '127.0.0.1', port: 9999 } },
    pipelines: { main: { from: 'tcp', to: persist ? ['ring', 'files'] : 'ring' } },
    sinks: {
      ring: { type: 'ring', maxLines: 10_000, maxBytes: '64MiB', ...(persist && { refillFrom: 'files' }) },
      ...(persist && {
        files: { type: 'file', directory: './logs', maxSize: '10MiB', durability: 'interval' },
      }),
    },
    query: { host: '127.0.0.1', port: 9998 },
  };
}
