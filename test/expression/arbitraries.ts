/** Lines and expressions that have much to do with each other: few words, names and values, in all the ways to write them. */
import { Buffer } from 'node:buffer';
import { fc } from '../support/properties.ts';
import type { LineModel, Model, ValueModel } from './oracle.ts';

const WORDS = ['error', 'er', 'rör', 'WARN', 'a', 'time out', 'x=1', '€', '\\u', '"', 'Zeile', '{'];
const NAMES = [
  'status',
  'a',
  'a.b',
  'b',
  'user',
  'größe',
  'level',
  'log.level',
  'sta"tus',
  'x/y',
  'since',
  'a.b.c',
  '',
];
const TEXTS = [
  '500',
  'alice',
  'al',
  'ali ce',
  'bob\\n',
  'tür',
  'true',
  'null',
  '5e2',
  '-1',
  '2026-11-25',
  'error',
  'warn',
  '',
  '0500',
];
const NUMBERS = [
  '0',
  '-0',
  '1',
  '-1',
  '500',
  '5e2',
  '499.9999',
  '500.0',
  '9007199254740992',
  '9007199254740993',
  '1e400',
  '1E+400',
  '-1e-400',
  '0.1',
  '1e-1',
  '123456789012345678901234567890',
  '40',
  '50',
  '3',
  '30',
];
const LEVELS = [
  'error',
  'ERR',
  'warn',
  'Warning',
  'info',
  'FATAL',
  'critical',
  'debug',
  '3',
  '50',
  '35',
  'notice',
  'panic',
];
const REGEXES = [
  'er+or',
  'e.?r',
  '[0-9]{3}',
  '^[a-z]',
  'a|b|ü',
  '5[0-9]*$',
  '[^a-z0-9]{2}',
  '(?:er|WA)(?:ror|RN)',
  'r(?:o|ö)?r',
  'x=[0-9]',
  '^$',
];
const SOURCES = ['tcp', 'unix', 'tür'];
const PEERS = ['10.0.0.7:51234', '10.0.0.7', '10.0.0.8:1', 'file.log'];
const TIMES = [1000, 2000, 3000];

const one = <T>(values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);

// ----------------------------------------------------------------------------------------------------------------- lines

/** JSON, escaped more than it must be, and with white space. */
const jsonText = fc
  .tuple(fc.oneof(one(TEXTS), one(WORDS), one(LEVELS)), fc.array(fc.nat(9), { minLength: 1, maxLength: 6 }))
  .map(([text, choices]) => writeJsonText(text, choices));

const jsonName = fc
  .tuple(
    fc.oneof(
      { weight: 3, arbitrary: one(['status', 'a', 'b', 'user']) },
      one(NAMES),
      one(['lvl', 'severity', 'PRIORITY', 'msg', 'Level', '__proto__', 'log']),
    ),
    fc.array(fc.nat(60), { minLength: 1, maxLength: 6 }),
  )
  .map(([text, choices]) => writeJsonText(text, choices));

function writeJsonText(text: string, choices: readonly number[]): string {
  const characters = text.split('').map((unit, index) => {
    const choice = choices[index % choices.length]!;
    if (choice === 0) return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
    if (unit === '/') return choice === 1 ? '/' : '\\/';
    return JSON.stringify(unit).slice(1, -1);
  });
  return `"${characters.join('')}"`;
}

const space = fc.constantFrom('', '', '', ' ', '\t', ' \r ');

const { json } = fc.letrec<{ json: string; object: string; list: string }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.oneof(
      jsonText,
      one(NUMBERS),
      one(['true', 'false', 'null', '"\\ud800"', '"\\ud83d\\ude00"', '01', 'NaN', '1.', '[]', '{}']),
    ),
    tie('object'),
    tie('list'),
  ),
  object: fc
    .array(fc.tuple(jsonName, space, tie('json')), { maxLength: 4 })
    .map(
      (entries) =>
        `{${entries.map(([name, gap, value]) => `${gap}${name}${gap}:${gap}${value}${gap}`).join(',')}}`,
    ),
  list: fc.array(tie('json'), { maxLength: 3 }).map((values) => `[${values.join(', ')}]`),
}));

const jsonLine = fc
  .tuple(
    space,
    fc.array(fc.tuple(jsonName, space, json), { minLength: 1, maxLength: 5 }),
    one(['}', '}', '}', '} tail', ',}', '']),
  )
  .map(
    ([gap, entries, end]) =>
      `${gap}{${entries.map(([name, inner, value]) => `${name}${inner}:${value}`).join(`,${gap}`)}${end}`,
  );

const pair = fc
  .tuple(
    one(['status', 'a', 'a.b', 'user', 'größe', 'level', 'lvl', 'since', 'log.level', 'x/y']),
    fc.oneof(
      one(NUMBERS),
      one([
        'alice',
        'al,',
        'tür',
        '500;',
        '"ali ce"',
        '"bob\\\\n"',
        '"a=\\"500\\""',
        '"error',
        '',
        'true',
        'null',
        '"',
      ]),
      one(LEVELS),
    ),
  )
  .map(([name, value]) => `${name}=${value}`);

const plain = fc.oneof(
  one(WORDS),
  one(LEVELS),
  one([
    '[error]',
    '[ WARN ]',
    'warning:',
    '<3>',
    'E1125 ',
    'Error: x',
    'alice',
    '500',
    'errorWARN',
    'time out x=1',
  ]),
);

const textLine = fc
  .array(fc.oneof(pair, plain), { maxLength: 5 })
  .chain((parts) => one([' ', ' ', '\t', '']).map((gap) => parts.join(gap)));

/** A line, sometimes cut short, sometimes with a byte that is no UTF-8 in it. */
const bytesArbitrary = fc
  .tuple(fc.oneof(jsonLine, jsonLine, textLine), fc.nat(9), fc.nat(200), fc.nat(19))
  .map(([text, cut, place, spoil]) => {
    const bytes = Buffer.from(text);
    const at = bytes.length === 0 ? 0 : place % bytes.length;
    if (spoil === 0 && bytes.length > 0) bytes[at] = 0xff;
    return (cut === 0 ? bytes.subarray(0, at) : bytes).filter((byte) => byte !== 10);
  });

export const lineArbitrary: fc.Arbitrary<LineModel> = fc.record({
  bytes: bytesArbitrary.map((bytes) => Buffer.from(bytes)),
});

export const originArbitrary = fc.record({
  source: one(SOURCES),
  peer: fc.option(one(PEERS), { nil: undefined }),
});
export const timeArbitrary = one([999, ...TIMES, 2500]);

// ----------------------------------------------------------------------------------------------------------- expressions

const regexParts = fc.record({ source: one(REGEXES), flags: one(['', '', 'i']) });

const globPieces = (texts: readonly string[]): fc.Arbitrary<readonly string[]> =>
  fc
    .array(fc.oneof(one(texts), one(['*', '?', '*'])), { minLength: 2, maxLength: 5 })
    .filter(
      (pieces) =>
        pieces.some((piece) => piece === '*' || piece === '?') && pieces.some((piece) => piece !== '*'),
    )
    .map((pieces) => pieces.filter((piece, index) => piece !== '*' || pieces[index - 1] !== '*'));

const valueArbitrary: fc.Arbitrary<ValueModel> = fc.oneof(
  fc.constant<ValueModel>({ is: 'exists' }),
  one([...TEXTS, ...NUMBERS].filter((text) => text !== '')).map((text): ValueModel => ({ is: 'bare', text })),
  one([...TEXTS, ...NUMBERS]).map((text): ValueModel => ({ is: 'quoted', text })),
  globPieces(['al', 'e', '50', 't', 'ür', ' ']).map((pieces): ValueModel => ({ is: 'glob', pieces })),
  regexParts.map((regex): ValueModel => ({ is: 'regex', ...regex })),
  fc
    .record({
      operator: one(['>', '>=', '<', '<='] as const),
      text: one([...NUMBERS, ...TEXTS].filter((text) => text !== '')),
    })
    .map((value): ValueModel => ({ is: 'compare', ...value })),
  fc
    .record({
      open: one(['[', '{'] as const),
      low: one(['*', ...NUMBERS, 'a', 'alice']),
      high: one(['*', ...NUMBERS, 'b', 'tür']),
      close: one([']', '}'] as const),
    })
    .map((value): ValueModel => ({ is: 'range', ...value })),
);

/** A condition on a field that lines often have, or on their level. */
export const fieldArbitrary: fc.Arbitrary<Model> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .record({ name: one(['status', 'a', 'a.b', 'user', 'b']), value: valueArbitrary })
      .map((field): Model => ({ is: 'field', ...field })),
  },
  {
    weight: 1,
    arbitrary: fc
      .record({ operator: one(['', '>=', '>', '<', '<='] as const), level: one(LEVELS) })
      .map((level): Model => ({ is: 'level', ...level })),
  },
);

const leaf: fc.Arbitrary<Model> = fc.oneof(
  one(WORDS).map((text): Model => ({ is: 'word', text })),
  globPieces(['er', 'r', 'a', 'ö', 'x=']).map((pieces): Model => ({ is: 'wordGlob', pieces })),
  regexParts.map((regex): Model => ({ is: 'regexp', ...regex })),
  ...Array.from({ length: 4 }, () =>
    fc.record({ name: one(NAMES), value: valueArbitrary }).map((field): Model => ({ is: 'field', ...field })),
  ),
  fc
    .record({ operator: one(['', '>=', '>', '<', '<='] as const), level: one(LEVELS) })
    .map((level): Model => ({ is: 'level', ...level })),
  fc
    .record({
      fact: fc.constant('@source' as const),
      value: fc.oneof(
        one(SOURCES).map((text): ValueModel => ({ is: 'bare', text })),
        fc.constant<ValueModel>({ is: 'glob', pieces: ['*', 'r'] }),
      ),
    })
    .map((fact): Model => ({ is: 'fact', ...fact })),
  fc
    .record({
      fact: fc.constant('@peer' as const),
      value: fc.oneof(
        one(PEERS).map((text): ValueModel => ({ is: 'quoted', text })),
        fc.constant<ValueModel>({ is: 'glob', pieces: ['10.', '*'] }),
      ),
    })
    .map((fact): Model => ({ is: 'fact', ...fact })),
  fc.record({ is: one(['since', 'until'] as const), time: one(TIMES) }),
);

export const { model: modelArbitrary } = fc.letrec<{ model: Model }>((tie) => ({
  model: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { weight: 3, arbitrary: leaf },
    {
      weight: 2,
      arbitrary: fc
        .record({
          is: one(['and', 'or'] as const),
          parts: fc.array(tie('model'), { minLength: 2, maxLength: 3 }),
        })
        .map((each): Model => each),
    },
    { weight: 1, arbitrary: tie('model').map((part): Model => ({ is: 'not', part })) },
  ),
}));
