import { map, type Observable, Subject, take } from 'rxjs';
import { expect, test } from 'vitest';
import { GuardedObservable } from '../../../src/pipeline/operator/guarded-observable.ts';

function guarded() {
  const errors: unknown[] = [];
  const input = new Subject<number>();
  const output$ = new GuardedObservable<number>((error) => errors.push(error), input);
  return { input, output$, errors };
}

function fail(): never {
  throw new Error('no idea');
}

test('passes on what comes', () => {
  const { input, output$, errors } = guarded();
  const seen: unknown[] = [];
  output$.subscribe({ next: (value) => seen.push(value), complete: () => seen.push('complete') });
  output$.subscribe((value) => seen.push(`function ${value}`));
  input.next(1);
  input.complete();
  expect(seen).toEqual([1, 'function 1', 'complete']);
  expect(errors).toEqual([]);
});

test.each<[string, (output$: Observable<number>) => void]>([
  ['a function', (output$) => output$.subscribe(fail)],
  ['an observer', (output$) => output$.subscribe({ next: fail })],
  ['the end of a pipe', (output$) => output$.pipe(map((value) => value)).subscribe(fail)],
  ['the end of a longer pipe', (output$) => output$.pipe(map(String), map(Number)).subscribe({ next: fail })],
  ['nobody, an error of a pipe', (output$) => output$.pipe(map(fail)).subscribe(() => {})],
])('catches what is thrown by %s', (_, subscribe) => {
  const { input, output$, errors } = guarded();
  subscribe(output$);
  input.next(1);
  expect(errors).toEqual([new Error('no idea')]);
});

test('catches what is thrown at the end, and by a handler of errors', () => {
  const { input, output$, errors } = guarded();
  output$.subscribe({ complete: fail });
  output$.pipe(map(fail)).subscribe({ error: fail });
  input.next(1);
  input.complete();
  expect(errors).toEqual([new Error('no idea'), new Error('no idea')]);
});

test('leaves errors to those who handle them', () => {
  const { input, output$, errors } = guarded();
  const handled: unknown[] = [];
  output$.pipe(map(fail)).subscribe({ error: (error: unknown) => handled.push(error) });
  input.next(1);
  expect(handled).toEqual([new Error('no idea')]);
  expect(errors).toEqual([]);
});

test('is let go of by an operator that has enough, and by whoever unsubscribes', () => {
  const { input, output$ } = guarded();
  output$.pipe(take(1)).subscribe();
  input.next(1);
  expect(input.observed).toBe(false);
  const subscription = output$.subscribe();
  expect(input.observed).toBe(true);
  subscription.unsubscribe();
  expect(input.observed).toBe(false);
});
