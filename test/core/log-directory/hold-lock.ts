/** A process that locks the directory of its first argument, by the method of its second, says so, and waits to be killed. */
import { stat } from 'node:fs/promises';
import { systemFileSystem } from '../../../src/core/file-system.ts';
import { lockWithFile, lockWithSocket } from '../../../src/core/log-directory/lock.ts';

const [path, method] = process.argv.slice(2) as [string, string];
const identity = await stat(path);
await (method === 'file' ? lockWithFile(systemFileSystem, path, identity) : lockWithSocket(path, identity));
process.stdout.write('locked\n');
setInterval(() => {}, 1000);
