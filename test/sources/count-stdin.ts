/** A process that counts the lines of its standard input with the `stdin` source, and prints what it has counted as JSON. */
import { stdin } from '../../src/sources/stdin.ts';
import { checkedOptions } from '../support/definitions.ts';
import { TestSourceContext } from '../support/source-context.ts';

// A credit below one chunk, so that it is used up and comes back all the time.
const context = new TestSourceContext({ credit: 10_000 });
const source = stdin.create(checkedOptions(stdin, {}) as never, context);
if (!('batches$' in source)) throw new Error('it is a source in full form');

let lines = 0;
let bytes = 0;
const print = (error: unknown): void => console.log(JSON.stringify({ lines, bytes, error }));
source.batches$.subscribe({
  next(batch) {
    lines += batch.length;
    bytes += batch.byteLength;
    setImmediate(() => batch.delivery.release());
  },
  error: (error: unknown) => print(String(error)),
  complete: () => print(null),
});
