/** What operators and further sinks add to the plain pipeline: W1, into memory. */

import { median } from './statistics.ts';
import { measureReceiver } from './throughput.ts';
import { totalLines, WORKS } from './works.ts';

const PIPELINES: Readonly<Record<string, string>> = {
  plain: 'plain: one source, one ring',
  'second-sink': 'a second ring',
  filter: 'a filter on a word',
  js: 'a `js` operator',
  fan: 'two pipelines, three rings',
};

export interface PipelineCost {
  readonly name: string;
  /** CPU seconds of the receiving process per million lines. */
  readonly cpuPerMillion: number;
}

export async function measurePipelines(runs: number, say: (text: string) => void): Promise<PipelineCost[]> {
  const work = WORKS[0]!;
  const all = new Map<string, number[]>(Object.keys(PIPELINES).map((name) => [name, []]));
  for (let run = 1; run <= runs; run++) {
    for (const [name, list] of all) {
      const { cpu } = await measureReceiver('pipeline', work, [name]);
      list.push(cpu / (totalLines(work) / 1e6));
      say(`pipelines run ${run} of ${runs}: ${name}: ${cpu.toFixed(2)} CPU s`);
    }
  }
  return [...all].map(([name, list]) => ({ name: PIPELINES[name]!, cpuPerMillion: median(list) }));
}
