import { constants, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { type OpenFile, systemFileSystem } from '../../../src/core/file-system.ts';
import { ActiveFile } from '../../../src/core/log-directory/active-file.ts';
import { plainLines } from '../../../src/core/log-directory/file-format.ts';
import { temporaryDirectory } from './temporary-directory.ts';

test('a file that somebody cuts short between the look at its size and the cut gets no hole', async () => {
  const path = `${await temporaryDirectory()}/current.log`;
  writeFileSync(path, 'one\ntwo\n');
  const real = await systemFileSystem.open(path, constants.O_RDWR | constants.O_APPEND);
  onTestFinished(() => real.close());
  const status = await real.stat();
  const file: OpenFile = {
    read: (...args) => real.read(...args),
    writev: (...args) => real.writev(...args),
    stat: () => real.stat(),
    sync: () => real.sync(),
    datasync: () => real.datasync(),
    chmod: (...args: Parameters<OpenFile['chmod']>) => real.chmod(...args),
    close: () => real.close(),
    truncate: async (size) => {
      // The other one is quicker, once.
      if (readFileSync(path, 'latin1').includes('torn')) truncateSync(path, 0);
      await real.truncate(size);
    },
  };
  const active = new ActiveFile({ file, identity: status, size: 8, isNew: false } as never, plainLines);
  writeFileSync(path, 'one\ntwo\ntorn');
  await active.cut();
  expect(readFileSync(path, 'latin1')).toBe('');
  expect([active.size, active.dirty]).toEqual([0, false]);
});
