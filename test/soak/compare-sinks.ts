/**
 * What one sink has that may not lose a line, every other such sink has, too: what was read is stored everywhere. That holds
 * for each connection of a process that was not killed and dropped nothing, however the connection ended.
 */
import type { Life } from './collector-process.ts';
import type { Sent } from './journal.ts';
import { livesOf, type Verdict } from './judge.ts';
import type { JudgedSink } from './topology.ts';

interface Judged {
  readonly sink: JudgedSink;
  readonly verdict: Verdict;
}

/** Compares all sinks that may not lose a line with the first of them that has the same sources; answers what is wrong. */
export function compareSinks(
  judged: readonly Judged[],
  sent: readonly Sent[],
  lives: readonly Life[],
): string[] {
  const lossless = judged.filter(({ sink }) => sink.lossless && sink.kind !== 'ring');
  return lossless.flatMap((other, index) => {
    const first = lossless.find(({ sink }) => sink.sources.join() === other.sink.sources.join())!;
    return lossless.indexOf(first) === index ? [] : compareTwo(first, other, sent, lives);
  });
}

function compareTwo(one: Judged, other: Judged, sent: readonly Sent[], lives: readonly Life[]): string[] {
  const names = [one.sink.name, other.sink.name];
  const isSound = (life: Life): boolean =>
    life.ending === 'stopped' &&
    names.every((name) => Object.keys(life.final?.sinks[name]?.dropped ?? {}).length === 0);
  return sent
    .filter((each) => one.sink.sources.includes(each.source) && livesOf(each, lives).every(isSound))
    .flatMap((each) => {
      const [a, b] = [one, other].map(({ verdict }) => verdict.ends.get(each.conn) ?? 0);
      return a === b ? [] : [`${names.join(' and ')} have ${a} and ${b} lines of ${JSON.stringify(each)}`];
    })
    .slice(0, 6);
}
