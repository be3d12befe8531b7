import { expect, test } from 'vitest';
import { logcasterArguments, shellCommands } from './shell-commands.ts';

test.each([
  ['logcaster list # all', [['logcaster', 'list']]],
  [
    'echo \'a | b\' | logcaster explain "x y" > out.txt',
    [
      ['echo', 'a | b'],
      ['logcaster', 'explain', 'x y'],
    ],
  ],
  ['source <(logcaster completion bash)', [['source'], ['logcaster', 'completion', 'bash']]],
  ['a 2>&1 && b < in; c &', [['a'], ['b'], ['c']]],
  ['a \\\n  --b\nc', [['a', '--b'], ['c']]],
  ['# nothing\n', []],
])('takes %j apart', (text, commands) => {
  expect(shellCommands(text)).toEqual(commands);
});

test('knows how the command is called', () => {
  expect(logcasterArguments(['logcaster', 'list'])).toEqual(['list']);
  expect(logcasterArguments(['TOKEN=1', 'npx', 'logcaster', 'list'])).toEqual(['list']);
  expect(logcasterArguments(['node', '../../bin/logcaster.ts', '-P'])).toEqual(['-P']);
  expect(logcasterArguments(['node', 'app.ts'])).toBeUndefined();
  expect(logcasterArguments(['echo', 'logcaster'])).toBeUndefined();
});
