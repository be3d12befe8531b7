/** What a soak has found, for people. */
import { formatSize } from '../../src/core/units.ts';
import type { Life } from './collector-process.ts';
import type { SoakResult } from './soak.ts';

export function breachesOf(result: SoakResult): string[] {
  return [
    ...result.breaches,
    ...result.verdicts.flatMap(({ sink, breaches }) => breaches.map((what) => `${sink}: ${what}`)),
  ];
}

export function report(result: SoakResult): string {
  const { options, collector, verdicts, fired, skipped, notes } = result;
  const lines = [
    `seed ${options.seed}, ${options.minutes} min, ${options.connections} connections, ${options.rate} lines/s`,
    `faults fired: ${show(fired)}`,
    ...[...skipped].map(([fault, reason]) => `  not fired: ${fault}: ${reason}`),
    ...[...notes].map(([what, times]) => `  ${what}${times > 1 ? ` (${times} times)` : ''}`),
    `lives: ${collector.lives.length} (${collector.lives.filter(({ ending }) => ending === 'killed').length} killed); ` +
      `ledger asked ${collector.polls} times, unaccounted at most ${collector.unaccounted}; ` +
      `${result.sealed} sealed files unchanged, ${result.tornTails} torn tails set apart, ${result.deadLetters} dead letters`,
    ...Object.entries(collector.unbalanced).map(([name, account]) => `  ${name}: ${JSON.stringify(account)}`),
    ...verdicts.map((verdict) => {
      const { sink, sent, stored, missing, takenAway } = verdict;
      const ledger = collector.life.final?.sinks[sink];
      const wrong = `${verdict.duplicates} twice, ${verdict.torn} torn, ${verdict.invented} invented, ${verdict.outOfOrder} out of order`;
      const taken = takenAway > 0 ? ` (${takenAway} of them taken away from outside)` : '';
      return (
        `${sink}: ${sent > 0 ? `${sent} sent, ` : ''}${stored} stored${taken}, missing ${show(missing)}; ${wrong}; ` +
        `ledger of the last life: ${ledger?.stored} stored, dropped ${JSON.stringify(ledger?.dropped ?? {})}`
      );
    }),
    describeUse(result),
  ];
  const breaches = breachesOf(result);
  if (breaches.length > 0) lines.push(...collector.lives.map(describeLife));
  if (breaches.length === 0) lines.push('VERDICT: nothing lost, nothing torn, nothing invented');
  else lines.push(`VERDICT: ${breaches.length} breaches`, ...breaches.map((what) => `  ${what}`));
  return lines.join('\n');
}

function describeLife({ startedAt, endedAt, ending, code, final, polled }: Life, index: number): string {
  const { sources = {}, sinks = {} } = final ?? polled ?? {};
  const lost = Object.entries({ ...sources, ...sinks })
    .filter(([, { dropped }]) => Object.keys(dropped).length > 0)
    .map(([name, { dropped }]) => `${name} dropped ${JSON.stringify(dropped)}`);
  return `life ${index + 1}: ${startedAt} to ${endedAt}, ${ending}, exit code ${code}; ${lost.join(', ')}`;
}

/** Memory and descriptors over time, in ten steps. */
function describeUse({ collector: { samples } }: SoakResult): string {
  const step = Math.max(1, Math.floor(samples.length / 10));
  const shown = samples.filter((_, index) => index % step === 0);
  const memory = shown.map(({ residentBytes }) => formatSize(residentBytes)).join(', ');
  const open = shown.map(({ descriptors, sockets }) => `${descriptors} (${sockets} sockets)`).join(', ');
  const heap = shown.map(({ heapBytes }) => formatSize(heapBytes)).join(', ');
  const buffers = shown.map(({ bufferBytes }) => formatSize(bufferBytes)).join(', ');
  const timers = shown.map(({ timers: set, handles }) => `${set} (${handles} handles)`).join(', ');
  return `memory: ${memory}\nheap: ${heap}\nbuffers: ${buffers}\ndescriptors: ${open}\ntimers: ${timers}`;
}

function show(counts: Iterable<readonly [string, number]> | Record<string, number>): string {
  const entries =
    Symbol.iterator in counts ? [...(counts as Iterable<[string, number]>)] : Object.entries(counts);
  return entries.length === 0 ? 'none' : entries.map(([name, count]) => `${name} ${count}`).join(', ');
}
