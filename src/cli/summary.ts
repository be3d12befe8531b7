/** The ledger on one line, for the end of a run. */
import type { Discard, LedgerStatement, SinkStatement } from '../core/ledger.ts';
import { formatCount, formatNumber } from './format-count.ts';

/** `12 lines received; ring: 12 stored; files: 11 stored, 1 rejected (too-long); 0 unaccounted` */
export function summarize(ledger: LedgerStatement): string {
  const sources = Object.values(ledger.sources);
  const received = sum(sources.map((source) => source.received));
  const gone = [
    ...sources.flatMap((source) => discards('dropped', source.dropped)),
    ...sources.flatMap((source) => Object.entries(source.noted).map(([event, count]) => noted(event, count))),
    ...Object.values(ledger.pipelines).flatMap((pipeline) => [
      ...amount('filtered', total(pipeline.filtered)),
      ...discards('failed', pipeline.failed),
      ...discards('dropped', pipeline.dropped),
    ]),
  ];
  const sinks = Object.entries(ledger.sinks).map(([name, sink]) =>
    [
      `${name}: ${formatNumber(sink.stored)} stored`,
      ...discards('dropped', sink.dropped),
      ...discards('rejected', sink.rejected),
      ...amount('handed on as dead letters', sink.deadLetters),
      ...amount('wait on disk', linesOnDisk(sink)),
      ...amount('in flight', sink.inFlight - linesOnDisk(sink)),
    ].join(', '),
  );
  return [
    [`${formatCount(received, 'line')} received`, ...gone].join(', '),
    ...sinks,
    `${formatNumber(ledger.unaccounted)} unaccounted`,
  ].join('; ');
}

/** What a spill keeps for the next start. */
function linesOnDisk({ spill, inFlight }: SinkStatement): number {
  const lines = (spill as { lines?: unknown } | undefined)?.lines;
  return typeof lines === 'number' ? Math.min(lines, inFlight) : 0;
}

function discards(what: string, reasons: Readonly<Record<string, Discard>>): string[] {
  return Object.entries(reasons).map(([reason, { lines }]) => `${formatNumber(lines)} ${what} (${reason})`);
}

/** `refusedConnections` → `3 refused connections`. */
function noted(event: string, count: number): string {
  return `${formatNumber(count)} ${event.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)}`;
}

function amount(what: string, lines: number): string[] {
  return lines > 0 ? [`${formatNumber(lines)} ${what}`] : [];
}

function total(reasons: Readonly<Record<string, Discard>>): number {
  return sum(Object.values(reasons).map(({ lines }) => lines));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}
