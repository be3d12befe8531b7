/** The conformance kit catches operators that are wrong, each in one way. */
import { Buffer } from 'node:buffer';
import { map, Observable } from 'rxjs';
import { expect, test } from 'vitest';
import {
  type Batch,
  Delivery,
  defineOperator,
  eachLine,
  fromLines,
  type Operator,
  type StreamOperatorContext,
} from '../../src/plugin.ts';
import { type ConformanceCase, conformance } from '../../src/testing.ts';
import { closeLater, common, examples, run, runAll } from './kit-support.ts';

function cases(
  create: (context: StreamOperatorContext) => Operator,
  settlesEarly = false,
): ConformanceCase[] {
  const operator = defineOperator({ ...common, examples, create: (_, context) => create(context) });
  return conformance(operator, { settlesEarly });
}

test('good ones pass', async () => {
  const short = cases(() => ({ transform: (batch) => batch.select((index) => index % 2 === 0) }));
  await expect(runAll(short)).resolves.toBeUndefined();
  const full = cases(() => ({ operate: (batches$) => batches$.pipe(map((batch) => batch)) }));
  await expect(runAll(full)).resolves.toBeUndefined();
});

test.each<readonly [string, RegExp, RegExp, (context: StreamOperatorContext) => Operator]>([
  [
    'changes bytes in place',
    /leaves the bytes/,
    /changed bytes or bounds of a batch that it was given/,
    () => ({
      transform: (batch) => {
        for (let at = batch.start(0); at < batch.end(0); at++) batch.bytes[at]! ^= 32;
        return batch;
      },
    }),
  ],
  [
    'changes bytes that it has passed on',
    /leaves the bytes/,
    /changed bytes or bounds of a batch that it had passed on/,
    () => {
      const lines = { bytes: Buffer.from('one\n'), bounds: new Uint32Array([0, 3]) };
      let count = 0;
      return {
        transform: (batch) => {
          lines.bytes[0] = ++count;
          return batch.withLines(lines);
        },
      };
    },
  ],
  [
    'drops deliveries',
    /every delivery is settled/,
    /deliveries are never released/,
    () => ({
      operate: (batches$) => batches$.pipe(map((batch) => batch.withDelivery(Delivery.ignored))),
    }),
  ],
  [
    'holds lines for good',
    /whatever its bytes are/,
    /it has ended and still held lines/,
    () => ({
      operate: (batches$) => new Observable((out) => batches$.subscribe({ complete: () => out.complete() })),
    }),
  ],
  [
    'lets go of lines too early',
    /no line is settled before it is stored/,
    /let go of lines that are not stored yet/,
    () => ({
      operate: (batches$) =>
        batches$.pipe(
          map((batch) => {
            batch.delivery.release();
            return batch.withDelivery(Delivery.ignored);
          }),
        ),
    }),
  ],
  [
    'fails on odd bytes',
    /whatever its bytes are/,
    /failed on \d+ lines: .*encoded data was not valid/,
    () => {
      const decoder = new TextDecoder('utf-8', { fatal: true });
      return {
        transform: (batch) => {
          decoder.decode(batch.bytes);
          return batch;
        },
      };
    },
  ],
  [
    'swaps the lines of a batch',
    /keeps the order/,
    /lines overtook each other/,
    () => ({
      transform: (batch) =>
        Array.from({ length: batch.length }, (_, index) => batch.slice(index, index + 1)).toReversed(),
    }),
  ],
  [
    'swaps batches',
    /keeps the order/,
    /lines overtook each other/,
    () => ({
      operate: (batches$) =>
        new Observable<Batch>((out) => {
          let held: Batch | undefined;
          return batches$.subscribe({
            next: (batch) => {
              if (held) {
                out.next(batch);
                out.next(held);
                held = undefined;
              } else held = batch;
            },
            complete: () => {
              if (held) out.next(held);
              out.complete();
            },
          });
        }),
    }),
  ],
  [
    'leaves a timer',
    /every delivery is settled/,
    /left open: a timer, set at/,
    () => ({
      operate: (batches$) => {
        const timer = setInterval(() => {}, 60_000).unref();
        closeLater(() => clearInterval(timer));
        return batches$;
      },
    }),
  ],
  [
    'remembers every user',
    /what it keeps is bounded/,
    /it keeps more and more: so many kB/,
    () => {
      const seen = new Set<unknown>();
      return {
        transform: (batch) => {
          for (const fields of batch.fields ?? []) seen.add(fields?.['user']);
          return batch;
        },
      };
    },
  ],
  [
    'remembers the names of all fields',
    /what it keeps is bounded/,
    /it keeps more and more: so many kB/,
    () => {
      const seen: Record<string, true> = Object.create(null) as Record<string, true>;
      return {
        transform: (batch) => {
          for (const fields of batch.fields ?? [])
            for (const name of Object.keys(fields ?? {})) seen[name] = true;
          return batch;
        },
      };
    },
  ],
])('one that %s', async (_, name, message, create) => {
  await expect(run(cases(create), name)).rejects.toThrow(message);
});

test('one that remembers the last thousand passes', async () => {
  const bounded = cases(() => {
    const seen = new Set<string | undefined>();
    return {
      transform: (batch) => {
        seen.add(batch.origin.peer);
        if (seen.size > 1000) seen.delete(seen.values().next().value);
        return batch;
      },
    };
  });
  await expect(run(bounded, /what it keeps is bounded/)).resolves.toBeUndefined();
});

const eachLineAlone = ({ clock }: StreamOperatorContext): Operator => ({
  operate: (batches$) => batches$.pipe(eachLine(), fromLines({ origin: { source: 'test' }, clock })),
});

test('one that settles early may say so', async () => {
  const name = /no line is settled before/;
  await expect(run(cases(eachLineAlone), name)).rejects.toThrow('let go of lines');
  await expect(run(cases(eachLineAlone, true), name)).resolves.toBeUndefined();
});
