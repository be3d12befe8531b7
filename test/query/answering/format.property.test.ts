/** Whatever lines there are, an answer can be taken apart again: into the lines, byte for byte, and what the collector says. */
import { Buffer } from 'node:buffer';
import { expect } from 'vitest';
import { joinLines } from '../../../src/core/batch.ts';
import type { FoundLines } from '../../../src/core/search.ts';
import { linesAsJson } from '../../../src/query/answering/format-json.ts';
import { linesAsText, ownLine } from '../../../src/query/answering/format-text.ts';
import { fc, test } from '../../support/properties.ts';

const bytes = fc.uint8Array({ maxLength: 12 }).map((array) => Buffer.from(array));
const likely = fc.stringMatching(/^[\\# a\n]{0,8}$/).map((line) => Buffer.from(line));
const lines = fc.array(fc.oneof(bytes, likely), { maxLength: 20 });

function piece(all: readonly Buffer[]): FoundLines {
  return { ...joinLines(all), receivedAt: new Float64Array(all.length) };
}

test.prop([lines.map((all) => all.filter((line) => !line.includes(10)))])('as text', (all) => {
  const answer = Buffer.concat([...linesAsText(piece(all)), ownLine('matched=1')]).toString('latin1');
  const parts = answer.split('\n').slice(0, -1);
  expect(parts.filter((part) => part.startsWith('# '))).toEqual(['# matched=1']);
  const told = parts.slice(0, -1).map((part) => part.replace(/^\\(?=\\*# )/, ''));
  expect(told).toEqual(all.map((line) => line.toString('latin1')));
});

test.prop([lines])('as text, no part of a line can be taken for the collector, line feeds or not', (all) => {
  const answer = Buffer.concat([...linesAsText(piece(all))]).toString('latin1');
  expect(answer.split('\n').filter((part) => part.startsWith('# '))).toEqual([]);
});

test.prop([lines])('as JSON', (all) => {
  const answer = Buffer.concat([...linesAsJson(piece(all))]).toString();
  const objects = answer
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as { message: string; messageBase64?: string });
  expect(
    objects.map(({ message, messageBase64 }) =>
      messageBase64 === undefined ? Buffer.from(message) : Buffer.from(messageBase64, 'base64'),
    ),
  ).toEqual(all);
});
