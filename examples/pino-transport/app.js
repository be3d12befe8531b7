/** A program that logs to LogCaster: `node app.js`, with LogCaster on port 9999 or on LOG_PORT. */
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';

const log = pino({
  transport: {
    target: fileURLToPath(new URL('./transport.js', import.meta.url)),
    options: { port: Number(process.env.LOG_PORT ?? 9999) },
  },
});

log.info({ user: 7 }, 'signed in');
log.error(new Error('no such order'), 'cannot ship');
