import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { CONFIG_CODES } from '../../src/config/codes.ts';
import { ERRORS } from '../../src/core/errors.ts';

test.each(Object.entries(CONFIG_CODES))(
  '%s has a summary and a hint, in sentences',
  (code, { summary, hint }) => {
    expect(code).toMatch(/^LC_CONFIG_[A-Z_]+$/);
    for (const text of [summary, hint]) expect(text).toMatch(/^[A-Z`$].*[.?]$/);
    expect(Object.keys(ERRORS)).not.toContain(code);
  },
);

test('each code is used', async () => {
  const directory = new URL('../../src/config/', import.meta.url);
  const texts = await Promise.all(
    (await readdir(directory))
      .filter((name) => name !== 'codes.ts')
      .map((name) => readFile(new URL(name, directory), 'utf8')),
  );
  const unused = Object.keys(CONFIG_CODES).filter(
    (code) => !texts.some((text) => text.includes(`'${code}'`)),
  );
  expect(unused).toEqual([]);
});
