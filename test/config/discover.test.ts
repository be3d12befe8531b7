import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CONFIG_FILES, discoverConfig } from '../../src/config/discover.ts';
import { formatDiagnostics } from '../../src/config/format-diagnostics.ts';
import { folder } from './support.ts';

test.each(CONFIG_FILES)('finds %s', async (name) => {
  expect(await discoverConfig(await folder({ [name]: '', 'other.yaml': '' }))).toEqual({
    file: name,
    diagnostics: [],
  });
});

test('finds nothing where nothing is', async () => {
  const path = await folder({ 'logcaster.toml': '' });
  await mkdir(join(path, 'logcaster.yaml'));
  expect(await discoverConfig(path)).toEqual({ diagnostics: [] });
  expect(await discoverConfig(join(path, 'nope'))).toEqual({ diagnostics: [] });
});

test('does not choose between several', async () => {
  const { file, diagnostics } = await discoverConfig(
    await folder({ 'logcaster.yaml': '', 'logcaster.ts': '', 'logcaster.json': '' }),
  );
  expect(file).toBeUndefined();
  expect(formatDiagnostics(diagnostics)).toMatchInlineSnapshot(`
    "error: there is more than one configuration here: \`logcaster.yaml\`, \`logcaster.json\` and \`logcaster.ts\` [LC_CONFIG_SEVERAL_FILES]
          = name the one to use with \`-c\`, or remove the others
    "
  `);
});
