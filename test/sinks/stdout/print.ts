/**
 * A process that writes lines to its standard output with the `stdout` sink: `node print.ts COUNT [ENCODING]`. To its
 * standard error it writes JSON: what became of each batch, and whether the event loop was blocked.
 */
import { Batch } from '../../../src/core/batch.ts';
import { RejectedError } from '../../../src/core/errors.ts';
import { stdout } from '../../../src/sinks/stdout/stdout.ts';
import { checkedOptions, componentContext } from '../../support/definitions.ts';

const [, , count = '1', encoding = 'auto'] = process.argv;
const options = checkedOptions(stdout, { encoding });
const sink = stdout.create(options as never, componentContext);
await sink.start?.();

let ticks = 0;
const ticking = setInterval(() => {
  ticks++;
  process.stderr.write(`${JSON.stringify({ ticks })}\n`);
}, 50);

for (let number = 0; number < Number(count); number++) {
  const batch = Batch.fromTexts(
    Array.from({ length: 1000 }, (_, index) => `${number}.${index} \u001b[31m${'x'.repeat(100)}`),
    { origin: { source: 'print' }, receivedAt: 0 },
  );
  try {
    await sink.write(batch);
    process.stderr.write(`${JSON.stringify({ stored: number })}\n`);
  } catch (error) {
    const reason = error instanceof RejectedError ? error.reason : 'no RejectedError';
    process.stderr.write(`${JSON.stringify({ rejected: number, reason, message: String(error) })}\n`);
  }
}
clearInterval(ticking);
await sink[Symbol.asyncDispose]?.();
process.stderr.write(`${JSON.stringify({ ended: true })}\n`);
