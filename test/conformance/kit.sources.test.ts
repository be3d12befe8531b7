/** The conformance kit catches sources that are wrong, each in one way. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { map, Observable, Subject } from 'rxjs';
import { expect, test, vi } from 'vitest';
import { Batch, defineSource, joinLines, type Source, type SourceContext } from '../../src/plugin.ts';
import { type ConformanceCase, conformance } from '../../src/testing.ts';
import { closeLater, common, examples, run, runAll } from './kit-support.ts';

/** The cases of a source that gets its lines from `sent$`. */
function cases(
  create: (context: SourceContext, sent$: Observable<readonly string[]>) => Source,
  patience?: number,
): ConformanceCase[] {
  let sent$ = new Subject<readonly string[]>();
  const source = defineSource({ ...common, examples, create: (_, context) => create(context, sent$) });
  return conformance(source, {
    ...(patience !== undefined && { patience }),
    world: () => {
      sent$ = new Subject();
      return {
        send: async (lines) => {
          for (let at = 0; at < lines.length; at += 10) {
            await wait(0);
            sent$.next(lines.slice(at, at + 10));
          }
        },
      };
    },
  });
}

/** A good source: what cannot be admitted waits. */
function patient(context: SourceContext, sent$: Observable<readonly string[]>): Source {
  const waiting: string[] = [];
  const stopping = new Subject<void>();
  return {
    batches$: new Observable((out) => {
      let isStopping = false;
      const emit = (): void => {
        while (waiting.length > 0) {
          const batch = context.admit(joinLines(waiting.slice(0, 1)));
          if (!batch) return;
          waiting.shift();
          out.next(batch);
        }
        if (isStopping) out.complete();
      };
      out.add(context.credit.onAvailable(emit));
      out.add(
        stopping.subscribe(() => {
          isStopping = true;
          emit();
        }),
      );
      out.add(
        sent$.subscribe((lines) => {
          waiting.push(...lines);
          emit();
        }),
      );
    }),
    stop: () => stopping.next(),
  };
}

test('good ones pass', async () => {
  await expect(runAll(cases(patient))).resolves.toBeUndefined();
  const short = defineSource({
    ...common,
    examples,
    create: () => ({
      async *lines() {
        for (let index = 0; index < 1000; index++) yield `line ${index}`;
      },
    }),
  });
  await expect(runAll(conformance(short))).resolves.toBeUndefined();
});

test('one that leaks a timer', async () => {
  const source = cases((context, sent$) => ({
    ...patient(context, sent$),
    start: () => {
      const timer = setInterval(() => {}, 60_000).unref();
      closeLater(() => clearInterval(timer));
    },
  }));
  await expect(run(source, /an end at once/)).rejects.toThrow('left open: a timer, set at');
});

test('one that leaves a connection open that it has accepted', async () => {
  const source = cases((context, sent$) => {
    const accepted: Socket[] = [];
    closeLater(() => accepted.forEach((socket) => socket.destroy()));
    const server = createServer((socket) => void accepted.push(socket));
    return {
      ...patient(context, sent$),
      start: async () => {
        await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
        const { port } = server.address() as AddressInfo;
        // It leaves again; but what is never read never ends.
        const client = connect(port, '127.0.0.1', () => client.end('a line\n'));
        await vi.waitFor(() => expect(accepted).toHaveLength(1), { timeout: 20_000 });
        client.destroy();
      },
      [Symbol.asyncDispose]: async () => void server.close(),
    };
  });
  await expect(run(source, /an end at once/)).rejects.toThrow('left open: a TCP socket');
});

test('one that ignores that it is stopped', async () => {
  const source = cases((context, sent$) => ({ ...patient(context, sent$), stop: () => {} }), 1000);
  await expect(run(source, /ends the source/)).rejects.toThrow('it ends when it is stopped');
});

test('one that loses lines without credit', async () => {
  const source = cases(
    (context, sent$) => ({
      batches$: new Observable((out) =>
        sent$.subscribe((lines) => {
          const batch = context.admit(joinLines(lines));
          if (batch) out.next(batch);
        }),
      ),
    }),
    1000,
  );
  await expect(run(source, /without credit/)).rejects.toThrow('the other lines arrive: not within');
});

test('one that cares for no credit', async () => {
  const source = cases((_, sent$) => ({
    batches$: sent$.pipe(
      map((lines) => Batch.fromTexts(lines, { origin: { source: 'source' }, receivedAt: 0 })),
    ),
  }));
  await expect(run(source, /without credit/)).rejects.toThrow(/bytes, on 4096 bytes of credit/);
});

test('one that loses what it has read when it is stopped', async () => {
  const source = cases((context, sent$) => {
    const stopping = new Subject<void>();
    return {
      batches$: new Observable((out) => {
        out.add(stopping.subscribe(() => out.complete()));
        out.add(
          sent$.subscribe((lines) => {
            const batch = context.admit(joinLines(lines));
            // The first batch of each life goes on, all others are forgotten when it stops.
            if (batch && lines[0] === 'line 0 ') out.next(batch);
          }),
        );
      }),
      stop: () => stopping.next(),
    };
  }, 1000);
  await expect(run(source, /lines arrive whole/)).rejects.toThrow('the lines arrive: not within');
});

test('one that swaps lines', async () => {
  const source = cases((context, sent$) => patient(context, sent$.pipe(map((lines) => lines.toReversed()))));
  await expect(run(source, /whole and in order/)).rejects.toThrow(/./);
});
