/** The tables of the bench, in Markdown. */
import { cpus, release, totalmem, type } from 'node:os';
import type { ExpressionTime } from './expressions.ts';
import type { Cost, FilesTime } from './files.ts';
import type { Isolation } from './isolation.ts';
import type { Latency } from './latency.ts';
import type { PipelineCost } from './pipelines.ts';
import type { SearchTime } from './search.ts';
import type { Quantiles, Searching } from './searching.ts';
import type { SearchingFiles } from './searching-files.ts';
import type { ReceiverName, Throughput } from './throughput.ts';
import { describeWork } from './works.ts';

const NAMES: Readonly<Record<ReceiverName, string>> = {
  floor: 'floor: copy only',
  logcaster: '**LogCaster**: ring, files, ledger',
  split2: 'split2, RxJS item per line, files',
};

export function machineSection(): string {
  const processors = cpus();
  return [
    `Measured on ${processors[0]?.model ?? 'an unknown processor'} (${processors.length} processors), `,
    `${Math.round(totalmem() / 2 ** 30)} GiB of memory, ${type()} ${release().replace(/-.*/, '')}, Node ${process.versions.node}, `,
    'over loopback, sender and receiver on the same machine. Such a machine is noisy: compare ratios, not seconds.',
  ].join('');
}

export function throughputSection(results: readonly Throughput[], runs: number): string {
  const works = [...new Set(results.map(({ work }) => work))];
  const rows = works.flatMap((work) => {
    const own = results.filter((result) => result.work === work);
    const floor = own.find(({ receiver }) => receiver === 'floor')!;
    return own.map((result) =>
      row([
        work.name,
        NAMES[result.receiver],
        (result.linesPerSecond / 1e6).toFixed(2),
        result.megabytesPerSecond.toFixed(0),
        result.cpuPerMillion.toFixed(3),
        `${(result.cpuPerMillion / floor.cpuPerMillion).toFixed(2)} ×`,
        (result.peak / 1e6).toFixed(0),
      ]),
    );
  });
  return [
    '## Lines from sockets into files',
    '',
    `Medians of ${runs} interleaved runs. CPU: seconds of user and system time of the receiving process per million lines, until`,
    'everything is in files. Every line was read back and checked: whole, in order, once. Files rotate at 64 MiB. LogCaster also',
    'keeps a ring of 64 MiB and 1,000,000 lines and its ledger, which came out at 0 unaccounted each time.',
    '',
    ...works.map((work) => `- ${work.name}: ${describeWork(work)}`),
    '',
    table(['work', 'receiver', 'million lines/s', 'MB/s', 'CPU s', 'to the floor', 'peak MB'], rows),
  ].join('\n');
}

export function pipelineSection(results: readonly PipelineCost[], runs: number): string {
  const plain = results[0]!;
  return [
    '## What a pipeline costs',
    '',
    `W1 again, medians of ${runs} interleaved runs, sinks in memory. A plain pipeline is one source and one ring.`,
    '',
    table(
      ['pipeline', 'CPU s per million lines', 'to the plain one'],
      results.map(({ name, cpuPerMillion }) =>
        row([name, cpuPerMillion.toFixed(3), `${(cpuPerMillion / plain.cpuPerMillion).toFixed(2)} ×`]),
      ),
    ),
  ].join('\n');
}

export function searchSection(results: readonly SearchTime[], runs: number): string {
  return [
    '## Searching the ring',
    '',
    `A ring of 1,000,000 lines, medians of ${runs} interleaved runs, against \`grep -cF\` on the same bytes in a file that is in the`,
    'page cache. LogCaster counts and copies the lines; grep counts. The time of grep contains the start of its process.',
    '',
    table(
      [
        'keyword',
        'matches',
        'LogCaster ms',
        'grep ms',
        'ratio',
        'LogCaster while 1,000,000 lines/s come in, ms',
      ],
      results.map((result) =>
        row([
          `\`${result.keyword}\``,
          result.matches.toLocaleString('en'),
          result.ring.toFixed(1),
          result.grep.toFixed(1),
          `${(result.ring / result.grep).toFixed(2)} ×`,
          result.ringUnderIngest.toFixed(1),
        ]),
      ),
    ),
  ].join('\n');
}

export function expressionSection(results: readonly ExpressionTime[], runs: number): string {
  return [
    '## Expressions over the ring',
    '',
    `A ring of 1,000,000 lines of about 120 bytes, first text, then JSON. Both sides count; CPU ms, medians of ${runs} interleaved runs (of`,
    '`jq` one), against the same bytes in a file that is in the page cache.',
    '',
    table(
      ['looked for', 'expression', 'matches', 'LogCaster ms', 'against', 'ms', 'ratio'],
      results.map(({ title, expression, matches, own, rival, others }) =>
        row([
          title,
          code(expression),
          matches.toLocaleString('en'),
          own.toFixed(0),
          code(rival),
          others.toFixed(0),
          `${(own / others).toFixed(2)} ×`,
        ]),
      ),
    ),
  ].join('\n');
}

export function filesSection(results: readonly FilesTime[], runs: number): string {
  return [
    '## Search in files',
    '',
    `A file of 1,000,000 lines of about 120 bytes, in the page cache; one line is found. CPU ms / wall ms, medians of ${runs} interleaved runs:`,
    'in the command itself, and in a thread of its own as a collector does it, which waits for the next search.',
    '',
    table(
      ['file', 'LogCaster', 'in a thread', 'against', 'ms', 'CPU ratio', 'CPU ratio in a thread'],
      results.map(({ title, here, inThread, rival, others }) =>
        row([
          title,
          bothOf(here),
          bothOf(inThread),
          code(rival),
          bothOf(others),
          `${(here.cpu / others.cpu).toFixed(2)} ×`,
          `${(inThread.cpu / others.cpu).toFixed(2)} ×`,
        ]),
      ),
    ),
  ].join('\n');
}

function bothOf({ cpu, wall }: Cost): string {
  return `${cpu.toFixed(0)} / ${wall.toFixed(0)}`;
}

/** Code in a cell of a table. */
function code(text: string): string {
  return `\`${text.replaceAll('|', '\\|')}\``;
}

export function latencySection(latency: Latency): string {
  return [
    '## From send to searchable',
    '',
    `${latency.rate.toLocaleString('en')} lines/s for ${latency.seconds} s, ring and files on. The time from the sender's \`write\` to the line`,
    'being in the ring.',
    '',
    table(
      ['p50 ms', 'p99 ms', 'greatest ms'],
      [row([latency.p50.toFixed(2), latency.p99.toFixed(2), latency.max.toFixed(2)])],
    ),
  ].join('\n');
}

export function isolationSection({ rate, seconds, runs, healthy, broken, ratio, fates }: Isolation): string {
  return [
    '## A good sink beside broken ones',
    '',
    `Four sinks behind one pipeline, ${rate.toLocaleString('en')} lines/s for ${seconds} s. The time from the sender's \`write\` to the good sink having the line, once`,
    'with its neighbours well and once with one that takes 100 ms a batch (`dropOldest`), one that always fails (`dropNewest`, with a',
    `breaker) and one that never answers (\`spill\`), each with a queue of 1 MiB; medians of ${runs} interleaved pairs of runs. The median of the`,
    `ratios of the 99th percentiles is **${ratio.toFixed(2)} ×**.`,
    '',
    table(
      ['neighbours', 'p50 ms', 'p99 ms'],
      [
        row(['well', healthy.p50.toFixed(2), healthy.p99.toFixed(2)]),
        row(['broken', broken.p50.toFixed(2), broken.p99.toFixed(2)]),
      ],
    ),
    '',
    'What became of the lines in the last run with broken neighbours; nothing was unaccounted for:',
    '',
    table(
      ['sink', 'lines'],
      fates.map(({ sink, fate }) => row([sink, fate])),
    ),
  ].join('\n');
}

function cellsOf({ p50, p99, max }: Quantiles): string[] {
  return [p50, p99, max].map((time) => time.toFixed(2));
}

export function searchingSection(searching: Searching): string {
  const { rate, seconds, lost, searches, latency, idle, questions } = searching;
  return [
    '## From send to searchable, while it is searched',
    '',
    `${rate.toLocaleString('en')} lines/s for ${seconds} s into a ring of 1,000,000 lines, while a client asks one question after the other over the query`,
    `port: ${searches} of them. ${lost === 0 ? 'No line was lost, and 0 were unaccounted.' : `${lost} lines were lost or unaccounted.`}`,
    '',
    table(
      ['', 'p50 ms', 'p99 ms', 'greatest ms'],
      [row(['without questions', ...cellsOf(idle)]), row(['with questions', ...cellsOf(latency)])],
    ),
    '',
    table(
      ['question', 'asked', 'answered in, ms (median)'],
      questions.map(({ command, times, ms }) => row([`\`${command}\``, String(times), ms.toFixed(0)])),
    ),
  ].join('\n');
}

export function searchingFilesSection(results: readonly SearchingFiles[]): string {
  const { lines, rate, seconds } = results[0]!;
  const lost = results.reduce((sum, each) => sum + each.lost, 0);
  const states = results.flatMap(({ kind, idle, busy }) => [
    [`\`${kind}\`, without questions`, idle] as const,
    [`\`${kind}\`, with questions`, busy] as const,
  ]);
  return [
    '## From send to searchable, while 1 GB of files is searched',
    '',
    `${rate.toLocaleString('en')} lines/s for ${seconds} s into a ring of 100,000 lines and into files that hold ${lines.toLocaleString('en')} lines of 120 bytes`,
    'already, while a client in another process asks one question after the other over the query port. The lag is that of the event loop, as',
    `\`LEDGER\` tells it; the processor time that of the whole collector, with the thread of the searches. ${lost === 0 ? 'No line was lost, and 0 were unaccounted.' : `${lost} lines were lost or unaccounted.`}`,
    '',
    table(
      [
        '',
        'p50 ms',
        'p99 ms',
        'greatest ms',
        'lag p50 ms',
        'lag p99 ms',
        'greatest lag ms',
        'CPU s a second',
      ],
      states.map(([title, { latency, lag, cpu }]) =>
        row([title, ...cellsOf(latency), ...cellsOf(lag), cpu.toFixed(2)]),
      ),
    ),
    '',
    table(
      ['question', ...results.map(({ kind }) => `\`${kind}\`: answered in, ms (median)`)],
      results[0]!.busy.questions.map(({ command }, index) =>
        row([`\`${command}\``, ...results.map(({ busy }) => busy.questions[index]!.ms.toFixed(0))]),
      ),
    ),
  ].join('\n');
}

function table(head: readonly string[], rows: readonly string[]): string {
  return [row(head), row(head.map(() => '---')), ...rows].join('\n');
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
