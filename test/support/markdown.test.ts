import { expect, test } from 'vitest';
import { anchorsOf, codeBlocksIn, inlineCode, linksOf, titleOf } from './markdown.ts';

const TEXT = [
  '# A `title`: with marks!',
  '',
  'See [this](a.md#part "why"), `code [no](link.md)` and ``a ` b``.',
  '',
  '```yaml',
  'type: ring # [no](link.md)',
  '```',
  '',
  '- in a list:',
  '',
  '  ````ts title="x.ts"',
  '  const a = `',
  '  ```',
  '  `;',
  '  ````',
  '',
  '## A title with marks',
  '## Twice',
  '## Twice',
  '',
].join('\n');

test('finds code blocks, with their language and their line', () => {
  expect(codeBlocksIn(TEXT)).toEqual([
    { language: 'yaml', line: 6, text: 'type: ring # [no](link.md)\n' },
    { language: 'ts', line: 12, text: 'const a = `\n```\n`;\n' },
  ]);
  expect(() => codeBlocksIn('```\nnever closed')).toThrow('never closed');
});

test.each([
  ['// shout.ts\nlet a;', 'shout.ts'],
  ['# ./logcaster.yaml\n', 'logcaster.yaml'],
  ['// src/a-b.test.ts\n', 'src/a-b.test.ts'],
  ['// See shout.ts\n', undefined],
  ['let a; // shout.ts\n', undefined],
])('knows which file %j is', (text, title) => {
  expect(titleOf({ text, language: 'ts', line: 1 })).toBe(title);
});

test('finds inline code, links and anchors outside of code blocks', () => {
  expect(inlineCode(TEXT)).toEqual(['title', 'code [no](link.md)', 'a ` b']);
  expect(linksOf(TEXT)).toEqual(['a.md#part']);
  expect([...anchorsOf(TEXT)]).toEqual(['a-title-with-marks', 'a-title-with-marks-1', 'twice', 'twice-1']);
});
