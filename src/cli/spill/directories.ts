/** Which spill directories a command is about. */
import { join, resolve } from 'node:path';
import { errorCode, type FileSystem } from '../../core/file-system.ts';
import { isSpillDirectory } from '../../spill/inspect.ts';
import { UsageError } from '../usage-error.ts';

/** Where sinks spill unless they are told otherwise. */
const DEFAULT_PLACE = 'spill';

/** The directories that are named, and those of spills that are in one of them; without names, those in `./spill`. */
export async function findSpills(fs: FileSystem, cwd: string, named: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const each of named.length > 0 ? named : [DEFAULT_PLACE]) {
    const path = resolve(cwd, each);
    const inside = (await isSpillDirectory(fs, path)) ? [path] : await spillsIn(fs, path);
    if (inside.length === 0) throw noSpill(each, named.length > 0);
    found.push(...inside);
  }
  return found;
}

/** The only one, for commands that are about one. */
export async function findSpill(fs: FileSystem, cwd: string, named: string | undefined): Promise<string> {
  const found = await findSpills(fs, cwd, named === undefined ? [] : [named]);
  if (found.length === 1) return found[0]!;
  throw new UsageError(`there are several: ${found.join(', ')}`, 'name one of them');
}

async function spillsIn(fs: FileSystem, path: string): Promise<string[]> {
  try {
    const names = (await fs.readdir(path)).toSorted();
    const inside = await Promise.all(names.map((name) => isSpillDirectory(fs, join(path, name))));
    return names.filter((_, index) => inside[index]).map((name) => join(path, name));
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return [];
    throw error;
  }
}

function noSpill(name: string, isNamed: boolean): UsageError {
  return new UsageError(
    isNamed
      ? `${name} is no spill directory, and there is none in it`
      : `there is no spill directory in ./${DEFAULT_PLACE}`,
    'name the directory that `queue.spill` of a sink has',
    1,
  );
}
