import { expect, test } from 'vitest';
import type { Diagnostic } from '../../src/config/diagnostics.ts';
import {
  diagnosticsToJson,
  formatDiagnostics,
  summarizeDiagnostics,
} from '../../src/config/format-diagnostics.ts';

const full: Diagnostic = {
  code: 'LC_CONFIG_OPTION_UNKNOWN',
  severity: 'error',
  message: 'unknown option `maxsize`',
  path: 'sinks.files.maxsize',
  file: 'logcaster.yaml',
  line: 12,
  column: 5,
  endColumn: 12,
  excerpt: { text: '    maxsize: 10MiB', from: 4, to: 11 },
  hint: 'did you mean `maxSize`?',
};

test('shows the place, the line with a caret, and what to do', () => {
  expect(formatDiagnostics([full])).toBe(`\
logcaster.yaml:12:5: error: unknown option \`maxsize\` [LC_CONFIG_OPTION_UNKNOWN]
   12 |     maxsize: 10MiB
      |     ^^^^^^^
      = did you mean \`maxSize\`?
`);
});

test('shows the path where there is no line, and no more than there is', () => {
  const { path, code, severity, message } = full;
  expect(
    formatDiagnostics([
      { path, code, severity: 'warning', message },
      { code, severity, message, file: 'x.ts' },
    ]),
  ).toBe(`\
warning: sinks.files.maxsize: unknown option \`maxsize\` [LC_CONFIG_OPTION_UNKNOWN]

x.ts: error: unknown option \`maxsize\` [LC_CONFIG_OPTION_UNKNOWN]
`);
  expect(formatDiagnostics([])).toBe('');
});

test('puts the caret below what is meant, however wide it is', () => {
  const excerpt = { text: '漢字😀é: x', from: 6, to: 7 };
  expect(
    formatDiagnostics([{ ...full, excerpt }])
      .split('\n')
      .slice(1, 3),
  ).toEqual(['   12 | 漢字😀é: x', '      |         ^']);
  expect(
    formatDiagnostics([{ ...full, line: 123_456 }])
      .split('\n')
      .slice(1, 4),
  ).toEqual([
    '  123456 |     maxsize: 10MiB',
    '         |     ^^^^^^^',
    '         = did you mean `maxSize`?',
  ]);
});

test('colours, when asked to', () => {
  expect(formatDiagnostics([full], { colors: true })).toContain('\u001b[1;31merror:\u001b[0m');
  expect(formatDiagnostics([{ ...full, severity: 'warning' }], { colors: true })).toContain(
    '\u001b[1;33mwarning:\u001b[0m',
  );
});

test('escapes what came from elsewhere', () => {
  const shown = formatDiagnostics([{ ...full, file: '\u001b[2Jx', message: 'a\u0007b\nc', hint: '\u202e' }]);
  expect(shown).toContain('\\u001b[2Jx:12:5');
  expect(shown).toContain('a\\u0007b\\nc');
  expect(shown).toContain('\\u202e');
  expect(shown).not.toContain('\u001b');
});

test('sums up', () => {
  const warning: Diagnostic = { ...full, severity: 'warning' };
  expect(summarizeDiagnostics([])).toBe('no problems');
  expect(summarizeDiagnostics([full, warning, full])).toBe('2 errors, 1 warning');
  expect(summarizeDiagnostics([warning, warning])).toBe('2 warnings');
});

test('is data for tools', () => {
  const [json] = diagnosticsToJson([full]);
  expect(JSON.parse(JSON.stringify(json))).toEqual({
    ...full,
    summary: 'There is no option of this name here.',
  });
});
