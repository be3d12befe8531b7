import { expect, test } from 'vitest';
import { z } from 'zod';
import { referenceToMarkdown } from '../../../src/cli/reference/markdown.ts';
import { toReference } from '../../../src/cli/reference/reference.ts';
import { referenceToText } from '../../../src/cli/reference/text.ts';
import { defineOperator } from '../../../src/core/component.ts';

const definition = defineOperator({
  type: 'cut',
  summary: 'Cuts.',
  description: 'A paragraph\nof two lines.\n\n- an entry',
  guarantees: { bytes: 'Kept | changed.' },
  options: z.strictObject({
    at: z.enum(['a', 'b']).meta({ description: 'Where, `a|b`', unit: 'place' }),
    key: z.string().optional().meta({ description: 'A key', unit: 'text', secret: true }),
  }),
  examples: [{ title: 'Here', yaml: 'type: cut\nat: "`" # ```\n' }],
  create: () => ({ transform: (batch) => batch }),
});

test('a page', () => {
  expect(referenceToMarkdown(toReference(definition))).toMatchInlineSnapshot(`
    "# \`cut\` (operator)

    Cuts.

    A paragraph
    of two lines.

    - an entry

    ## Options

    | option | takes | default | |
    | --- | --- | --- | --- |
    | \`at\` | \`a\` or \`b\` | required | Where, \`a\\|b\` |
    | \`key\` | text |  | A key. Secret: it is never shown |

    ## Guarantees

    - **bytes**: Kept | changed.

    ## Options of every operator

    | option | takes | default | |
    | --- | --- | --- | --- |
    | \`name\` | text (name) |  | Its name in the ledger; by default its type, numbered where that is taken |

    ## Examples

    Here:

    \`\`\`\`yaml
    type: cut
    at: "\`" # \`\`\`
    \`\`\`\`
    "
  `);
});

test('for a terminal', () => {
  const writer = { write() {}, ready: async () => true, isTerminal: false, colors: false };
  expect(referenceToText(toReference(definition), writer)).toMatchInlineSnapshot(`
    "cut (operator)
    Cuts.

    A paragraph of two lines.

    - an entry

    Options
      at: \`a\` or \`b\`; required
          Where, \`a|b\`
      key: text
          A key. Secret: it is never shown

    Guarantees
      bytes: Kept | changed.

    Options of every operator
      name: text (name)
          Its name in the ledger; by default its type, numbered where that is taken

    Examples
      # Here
          type: cut
          at: "\`" # \`\`\`
    "
  `);
});

test('for a terminal, nothing of a plugin can disturb it', () => {
  const writer = { write() {}, ready: async () => true, isTerminal: true, colors: false };
  const bad = '\u001b[2J';
  const hostile = toReference({
    ...definition,
    summary: bad,
    description: bad,
    guarantees: { [bad]: bad },
    examples: [{ title: bad, yaml: bad }],
    options: z.strictObject({ [bad]: z.string().default(bad).meta({ description: bad, unit: bad }) }),
  });
  expect(referenceToText(hostile, writer)).not.toContain('\u001b');
});
