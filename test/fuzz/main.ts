/**
 * A long fuzz of one target, or of all: npm run fuzz -- --target framer --minutes 10 --seed 42
 *
 * Inputs are tried in a thread of its own. A thread that does not get on for 10 s hangs; one that takes more memory than it may
 * grows without bound. The input that did it is kept, with `found-` before its name, and the exit code is 1.
 */
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { keep } from './corpus.ts';
import { targetNamed, targets } from './targets.ts';
import type { Order, Result } from './worker.ts';

const HANGS = 10_000;
/** How long it may take until the first input is tried, in ms. */
const START = 60_000;
const MEMORY_MEBIBYTES = 512;
/** What is in memory outside of the heap: buffers. */
const RESIDENT_BYTES = 2 ** 30;

const { values } = parseArgs({
  options: {
    target: { type: 'string', default: 'all' },
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
  },
});
const seed = Number(values.seed);
const minutes = Number(values.minutes);
const chosen = values.target === 'all' ? targets : [targetNamed(values.target)];
if (!Number.isSafeInteger(seed) || !(minutes > 0)) throw new Error('--seed and --minutes are numbers');

for (const target of chosen) {
  const shared = new SharedArrayBuffer(8 + target.maxBytes + 65_536);
  const order: Order = { target: target.name, seed, minutes, shared };
  const result = await watch(order);
  const { inputs, kept, parts, failure } = result;
  console.log(
    `${target.name}: seed ${seed}, ${inputs} inputs, ${kept} kept, ${parts} parts of the source reached`,
  );
  if (!failure) continue;
  const length = Atomics.load(new Int32Array(shared, 0, 2), 1);
  const input = Buffer.from(new Uint8Array(shared, 8, length));
  console.error(`${failure.message}\ninput: ${keep(target.name, input, 'found-')}`);
  process.exitCode = 1;
}

function watch(order: Order): Promise<Result> {
  const numbers = new Int32Array(order.shared, 0, 2);
  const failed = (message: string): Result => ({
    inputs: Atomics.load(numbers, 0),
    kept: 0,
    parts: 0,
    failure: { message },
  });
  return new Promise((resolve) => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: order,
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MEBIBYTES },
    });
    let count = 0;
    let since = performance.now();
    const settle = (result: Result): void => {
      clearInterval(timer);
      void worker.terminate();
      resolve(result);
    };
    const timer = setInterval(() => {
      const now = Atomics.load(numbers, 0);
      if (now !== count) {
        count = now;
        since = performance.now();
      } else if (performance.now() - since > (count === 0 ? START : HANGS)) settle(failed('it hangs'));
      const { rss } = process.memoryUsage();
      if (rss > RESIDENT_BYTES) settle(failed(`the process takes ${Math.round(rss / 2 ** 20)} MiB`));
    }, 500);
    worker.on('message', (result: Result) => settle(result));
    worker.on('error', (error) => settle(failed(String(error))));
  });
}
