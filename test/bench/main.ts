/**
 * `npm run bench`: what LogCaster costs, beside the least that is possible in Node and beside the usual way, and how quick
 * its search is. See docs/performance.md, which it writes.
 *
 *     npm run bench -- [--runs 5] [--works W1,W2] [--parts throughput,pipelines,search,expressions,files,latency,searching,searching-files,isolation] [--write]
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measureExpressions } from './expressions.ts';
import { measureFiles } from './files.ts';
import { measureIsolation } from './isolation.ts';
import { measureLatency } from './latency.ts';
import { measurePipelines } from './pipelines.ts';
import {
  expressionSection,
  filesSection,
  isolationSection,
  latencySection,
  machineSection,
  pipelineSection,
  searchingFilesSection,
  searchingSection,
  searchSection,
  throughputSection,
} from './report.ts';
import { measureSearch } from './search.ts';
import { measureSearching } from './searching.ts';
import { measureSearchingFiles } from './searching-files.ts';
import { measureThroughput } from './throughput.ts';
import { WORKS } from './works.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    works: { type: 'string', default: WORKS.map(({ name }) => name).join(',') },
    parts: {
      type: 'string',
      default: 'throughput,pipelines,search,expressions,files,latency,searching,searching-files,isolation',
    },
    write: { type: 'boolean', default: false },
  },
});
const runs = Number(values.runs);
const works = WORKS.filter(({ name }) => values.works.split(',').includes(name));
const parts = values.parts.split(',');
const say = (text: string): void => console.error(text);

const sections = [machineSection()];
if (parts.includes('throughput'))
  sections.push(throughputSection(await measureThroughput(works, runs, say), runs));
if (parts.includes('pipelines')) sections.push(pipelineSection(await measurePipelines(runs, say), runs));
if (parts.includes('search')) sections.push(searchSection(await measureSearch(runs, say), runs));
if (parts.includes('expressions'))
  sections.push(expressionSection(await measureExpressions(runs, say), runs));
if (parts.includes('files')) sections.push(filesSection(await measureFiles(runs, say), runs));
if (parts.includes('latency')) sections.push(latencySection(await measureLatency(say)));
if (parts.includes('searching')) sections.push(searchingSection(await measureSearching(say)));
if (parts.includes('searching-files')) sections.push(searchingFilesSection(await measureSearchingFiles(say)));
if (parts.includes('isolation')) sections.push(isolationSection(await measureIsolation(runs, say)));

const report = `${sections.join('\n\n')}\n`;
console.log(report);
if (values.write) {
  const file = join(import.meta.dirname, '../../docs/performance.md');
  writeFileSync(file, `# Performance\n\nWritten by \`npm run bench -- --write\`; do not edit.\n\n${report}`);
}
