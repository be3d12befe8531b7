/**
 * Answers as bytes. What stands in them beside lines:
 *
 *                 text                                                       JSON
 *     summary     # matched=2 scanned=9 bytes=720 ms=1 truncated=no          {"summary":{"matched":2,"scannedLines":9,…}}
 *     skipped     # skipped 123                                              {"skipped":123}
 *     end         # ended                                                    {"ended":true}
 *     group       12⇥value, 3⇥(none), 1⇥(other)                              {"value":"value","count":12}, {"none":true,"count":3}, …
 *     count       COUNT: 12                                                  {"count":12}
 *     error       ERROR: …                                                   {"error":{"code":"LC_…","message":"…",…}}
 *
 * An answer to a search or a count is complete if, and only if, it ends with a summary.
 */
import { Buffer } from 'node:buffer';
import { escapeText } from '../../core/escape.ts';
import type { FoundLines } from '../../core/search.ts';
import { formatTime } from '../../core/template.ts';
import type { AnswerFormat, CountQuestion } from '../questions/question.ts';
import type { CountResult } from './count-lines.ts';
import { linesAsJson, ownObject } from './format-json.ts';
import { linesAsText, ownLine } from './format-text.ts';
import type { Group } from './groups.ts';
import { PART_BYTES } from './parts.ts';
import type { SearchSummary } from './summary.ts';
import type { TailEvent } from './tail-lines.ts';

/** The answer to a search. */
export async function* formatSearch(
  found: AsyncGenerator<FoundLines, SearchSummary, undefined>,
  format: AnswerFormat,
): AsyncGenerator<Buffer, void, undefined> {
  try {
    let step = await found.next();
    for (; !step.done; step = await found.next()) yield* formatLines(step.value, format);
    yield formatSummary(step.value, format);
  } finally {
    await found.return(undefined as never).catch(() => {});
  }
}

/** The answer of a tail. */
export async function* formatTail(
  events: AsyncGenerator<TailEvent, void, undefined>,
  format: AnswerFormat,
): AsyncGenerator<Buffer, void, undefined> {
  for await (const event of events) {
    if (event.kind === 'lines') yield* formatLines(event.lines, format);
    else yield format === 'text' ? ownLine(`skipped ${event.lines}`) : ownObject({ skipped: event.lines });
  }
  yield format === 'text' ? ownLine('ended') : ownObject({ ended: true });
}

/** The answer to a count. */
export function* formatCount(
  { groups, none, other, summary }: CountResult,
  { by }: CountQuestion,
  format: AnswerFormat,
): Generator<Buffer, void, undefined> {
  if (by) yield* inParts(groupLines({ groups, none, other }, by.kind === 'time', format));
  else
    yield Buffer.from(format === 'text' ? `COUNT: ${summary.matched}\n` : `{"count":${summary.matched}}\n`);
  yield formatSummary(summary, format);
}

function formatLines(lines: FoundLines, format: AnswerFormat): Generator<Buffer, void, undefined> {
  return format === 'text' ? linesAsText(lines) : linesAsJson(lines);
}

function formatSummary(summary: SearchSummary, format: AnswerFormat): Buffer {
  const { matched, scannedLines, scannedBytes, truncated } = summary;
  const ms = Math.round(summary.ms);
  if (format === 'json') return ownObject({ summary: { ...toJsonSummary(summary) } });
  return ownLine(
    `matched=${matched} scanned=${scannedLines} bytes=${scannedBytes} ms=${ms} truncated=${truncated ?? 'no'}`,
  );
}

/** A summary as data. */
function toJsonSummary(summary: SearchSummary): Readonly<Record<string, unknown>> {
  const { matched, scannedLines, scannedBytes, ms, truncated } = summary;
  return { matched, scannedLines, scannedBytes, ms: Math.round(ms), truncated: truncated ?? false };
}

function* groupLines(
  { groups, none, other }: Pick<CountResult, 'groups' | 'none' | 'other'>,
  isTime: boolean,
  format: AnswerFormat,
): Generator<string, void, undefined> {
  const isText = format === 'text';
  for (const group of groups) yield isText ? groupAsText(group) : groupAsJson(group, isTime);
  if (none > 0) yield isText ? `${none}\t(none)` : `{"none":true,"count":${none}}`;
  if (other > 0) yield isText ? `${other}\t(other)` : `{"other":true,"count":${other}}`;
}

function groupAsText({ key, count }: Group): string {
  return `${count}\t${typeof key === 'number' ? formatTime(key) : plainOrQuoted(key)}`;
}

function groupAsJson({ key, count }: Group, isTime: boolean): string {
  return isTime && typeof key === 'number'
    ? `{"time":${JSON.stringify(formatTime(key))},"count":${count}}`
    : `{"value":${JSON.stringify(key)},"count":${count}}`;
}

/** A value that could be taken for something else, or spoil the line, is written as JSON. */
function plainOrQuoted(value: string): string {
  const isPlain = value !== '' && !/^["(\s]|\s$/.test(value) && escapeText(value) === value;
  return isPlain ? value : escapeText(JSON.stringify(value));
}

function* inParts(lines: Iterable<string>): Generator<Buffer, void, undefined> {
  let text = '';
  for (const line of lines) {
    text += `${line}\n`;
    if (text.length < PART_BYTES) continue;
    yield Buffer.from(text);
    text = '';
  }
  if (text !== '') yield Buffer.from(text);
}
