/** The ledger on one line, for the end of a run. */
import type { Discard, LedgerStatement } from '../core/ledger.ts';

/** `12 lines received; ring: 12 stored; files: 11 stored, 1 rejected; 0 unaccounted` */
export function summarize(ledger: LedgerStatement): string {
  const received = sum(Object.values(ledger.sources).map((source) => source.received));
  const lost = [
    ...Object.values(ledger.sources).flatMap((source) => discards(source.dropped)),
    ...Object.values(ledger.pipelines).flatMap((pipeline) => [
      ...amount('filtered', total(pipeline.filtered)),
      ...discards(pipeline.failed).map((text) => `failed in ${text}`),
      ...discards(pipeline.dropped),
    ]),
  ];
  const sinks = Object.entries(ledger.sinks).map(([name, sink]) =>
    [
      `${name}: ${sink.stored} stored`,
      ...discards(sink.dropped),
      ...discards(sink.rejected).map((text) => `rejected: ${text}`),
      ...amount('in flight', sink.inFlight),
    ].join(', '),
  );
  return [
    [`${received} lines received`, ...lost].join(', '),
    ...sinks,
    `${ledger.unaccounted} unaccounted`,
  ].join('; ');
}

function discards(reasons: Readonly<Record<string, Discard>>): string[] {
  return Object.entries(reasons).map(([reason, { lines }]) => `${lines} ${reason}`);
}

function amount(what: string, lines: number): string[] {
  return lines > 0 ? [`${lines} ${what}`] : [];
}

function total(reasons: Readonly<Record<string, Discard>>): number {
  return sum(Object.values(reasons).map(({ lines }) => lines));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}
