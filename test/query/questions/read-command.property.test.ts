import { expect } from 'vitest';
import { LogCasterError } from '../../../src/core/errors.ts';
import { readCommand } from '../../../src/query/questions/read-command.ts';
import { readParameters, readSearch, readTop } from '../../../src/query/questions/read-parameters.ts';
import { fc, test } from '../../support/properties.ts';

const word = fc.constantFrom('SEARCH', 'TAIL', 'COUNT x', 'TOP', 'COUNT BY');
const piece = fc.constantFrom(
  'limit=3',
  'last=',
  'since=5m',
  'until=1s',
  'format=json',
  '--',
  'BY',
  'time(',
  'time(1m)',
  '"',
  '\\',
  '(',
  ')',
  'a',
  'a=b',
  '-x',
  'é',
  '\u{1f600}',
  '\0',
  'status:>=5',
  '/x/',
  '/(/',
  '3',
  '[1 TO',
  '*',
  '@source:x',
  '\t',
);
const rest = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(' ')),
);

/** What it says of a question that cannot be read; nothing if it is read. */
function complaint(read: () => unknown): LogCasterError | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(LogCasterError);
    return error as LogCasterError;
  }
}

test.prop([word, rest])('a command is read, or what is wrong has a place in it', (command, more) => {
  const text = `${command} ${more}`;
  const error = complaint(() => readCommand(text, 0));
  const { column = 1 } = (error ?? {}) as { column?: number };
  expect(column).toBeGreaterThanOrEqual(1);
  expect(column).toBeLessThanOrEqual(Array.from(text).length + 1);
  expect(error === undefined || error.hint.includes('^')).toBe(true);
});

test.prop([fc.string({ unit: 'binary', maxLength: 40 })])(
  'parameters are read, or said to be wrong',
  (query) => {
    for (const read of [readSearch, readTop]) {
      const error = complaint(() => read(readParameters(query), 0));
      expect(error === undefined || error.message.length > 0).toBe(true);
    }
  },
);
