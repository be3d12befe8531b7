/**
 * A configuration in TypeScript: what YAML can say, with types, and with functions.
 *
 *     npx logcaster run -c logcaster.ts
 */
import { defineConfig } from 'logcaster';

const CARD_NUMBER = /\b(?:\d{4}[ -]?){3}\d{4}\b/g;

export default defineConfig({
  sources: {
    tcp: { type: 'tcp', port: Number(process.env['PORT'] ?? 9999) },
  },
  pipelines: {
    main: {
      from: 'tcp',
      through: [
        { type: 'filter', not: { word: 'GET /healthz' } },
        {
          type: 'js',
          name: 'redact',
          // The line goes on as it is, unless another text is answered. What throws fails alone, and is counted.
          run: ({ text }) => text.replaceAll(CARD_NUMBER, '[card]'),
        },
      ],
      to: 'files',
    },
  },
  sinks: {
    files: { type: 'file', directory: './logs', maxSize: '64MiB' },
  },
});
