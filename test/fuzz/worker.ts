/**
 * The thread that tries inputs. Before each it writes the input into memory that it shares with the main thread, which so knows it
 * also when this one hangs, or has run out of memory.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { pick, randomFrom } from '../soak/random.ts';
import { attempt } from './attempt.ts';
import { keep, readCorpus } from './corpus.ts';
import { Coverage } from './coverage.ts';
import { mutate } from './mutate.ts';
import { targetNamed } from './targets.ts';

/** What the thread is told. */
export interface Order {
  readonly target: string;
  readonly seed: number;
  readonly minutes: number;
  /** Two numbers, the count of inputs and the length of the present one, and its bytes. */
  readonly shared: SharedArrayBuffer;
}

/** What it says when it ends. */
export interface Result {
  readonly inputs: number;
  readonly kept: number;
  readonly parts: number;
  readonly failure?: { readonly message: string };
}

const { target: name, seed, minutes, shared } = workerData as Order;
const target = targetNamed(name);
const numbers = new Int32Array(shared, 0, 2);
const present = new Uint8Array(shared, 8);

async function run(): Promise<Result> {
  const random = randomFrom(seed);
  const corpus = readCorpus(target);
  const coverage = new Coverage();
  const seen = new Set<string>();
  const end = performance.now() + minutes * 60_000;
  let inputs = 0;
  let kept = 0;
  const tryOne = async (input: Buffer, isNew: boolean): Promise<void> => {
    present.set(input);
    Atomics.store(numbers, 1, input.length);
    Atomics.store(numbers, 0, ++inputs);
    const happened = await attempt(target, input);
    const isNews = !seen.has(happened);
    seen.add(happened);
    // To ask what has run takes longer than most inputs do.
    if (!isNews && inputs % 5 !== 0 && isNew) return;
    if (!coverage.takeNews() || !isNew) return;
    corpus.push(input);
    if (input.length <= 2048) {
      keep(target.name, input);
      kept++;
    }
  };
  try {
    for (const input of corpus.slice()) await tryOne(input, false);
    while (performance.now() < end) {
      await tryOne(mutate(pick(random, corpus), { ...target, corpus }, random), true);
    }
    return { inputs, kept, parts: coverage.parts };
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { inputs, kept, parts: coverage.parts, failure: { message } };
  } finally {
    coverage.stop();
  }
}

const result = await run();
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
parentPort!.postMessage(result);
