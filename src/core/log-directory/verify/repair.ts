/**
 * Moves aside what is wrong in a log directory: what stands in the way or is damaged goes to the folder `set-aside`, a torn
 * tail to a file of its own, as the next start of the sink would do.
 *
 * Invariants: the lock is held all the while; nothing is removed, overwritten or rewritten, only renamed, but for the torn
 * tail, which is cut off after its copy is safe. Each step can be repeated after a crash.
 */
import { LogCasterError, messageOf } from '../../errors.ts';
import { errorCode, type FileSystem, syncDirectory } from '../../file-system.ts';
import { lockDirectory } from '../lock.ts';
import { obstructed, openToAppend, statusOf } from '../log-file.ts';
import { SCRATCH_NAME } from '../names.ts';
import { moveTornTail } from '../torn-tail.ts';
import { failAsUnusable } from '../unusable.ts';
import type { Finding } from './findings.ts';
import { ASIDE_NAME } from './listing.ts';
import { type Verdict, type VerifyOptions, verifyDirectory } from './verify.ts';

/** A finding and what became of it. */
export interface Repaired extends Finding {
  /** Where it is now, as seen from the directory. */
  readonly movedTo?: string;
  /** Why it could not be moved. */
  readonly failure?: string;
}

/**
 * Checks a directory and repairs what moving can repair.
 *
 * @throws LogCasterError `LC_DIRECTORY_IN_USE`, and those of `verifyDirectory`
 */
export function repairDirectory(
  options: VerifyOptions,
  fs: FileSystem,
): Promise<Omit<Verdict, 'findings'> & { readonly findings: readonly Repaired[] }> {
  return failAsUnusable(options.path, async () => {
    const path = await fs.realpath(options.path);
    const status = await fs.stat(path);
    if (!status.isDirectory()) {
      throw new LogCasterError('LC_DIRECTORY_UNUSABLE', `${path} is not a directory`);
    }
    const lock = await lockDirectory(fs, path, status);
    try {
      const verdict = await verifyDirectory(options, fs, { ownsLock: true });
      return { ...verdict, findings: await repair(verdict, options, fs, status.mode & 0o777) };
    } finally {
      await lock.release();
    }
  });
}

async function repair(
  verdict: Verdict,
  { formats }: VerifyOptions,
  fs: FileSystem,
  mode: number,
): Promise<Repaired[]> {
  const { path, sequence } = verdict;
  const moved = new Map<string, string>();
  const attempt = async (finding: Finding, move: () => Promise<string>): Promise<Repaired> => {
    try {
      const movedTo = moved.get(finding.file) ?? (await move());
      moved.set(finding.file, movedTo);
      return { ...finding, movedTo };
    } catch (error) {
      if (errorCode(error) === undefined) throw error;
      return { ...finding, failure: messageOf(error) };
    }
  };
  const repaired: Repaired[] = [];
  for (const finding of verdict.findings) {
    const isAside = finding.remedy === 'set-aside';
    repaired.push(isAside ? await attempt(finding, () => setAside(fs, path, finding.file, mode)) : finding);
  }
  // Now that nothing stands in its way. Each of several current files has another number, so that equal tails stay apart.
  let nextSequence = sequence + 1;
  for (const [index, finding] of repaired.entries()) {
    if (finding.remedy !== 'move-tail') continue;
    repaired[index] = await attempt(finding, async () => {
      // What is moved is copied to a file of this name first; what only has this name would be gone then.
      const scratch = await statusOf(fs, `${path}/${SCRATCH_NAME}`);
      if (scratch && !(scratch.isFile() && scratch.nlink > 1)) {
        throw obstructed(`${path}/${SCRATCH_NAME}`, 'in the way');
      }
      const { format } = formats.find(({ suffix }) => finding.file === `current${suffix}`)!;
      const { file, status } = await openToAppend(fs, `${path}/${finding.file}`, 0o640);
      try {
        const place = {
          path,
          fs,
          format,
          nextSequence: nextSequence++,
          options: { fileMode: status.mode & 0o777 },
          pathOf: (name: string) => `${path}/${name}`,
          sync: () => syncDirectory(fs, path),
        };
        const { torn } = await moveTornTail(place, file, status.size);
        return torn?.name ?? finding.file;
      } finally {
        await file.close();
      }
    });
  }
  return repaired;
}

/** Moves what has this name to the folder, under a name that is free there. Answers where it is. */
async function setAside(fs: FileSystem, path: string, name: string, mode: number): Promise<string> {
  const folder = `${path}/${ASIDE_NAME}`;
  const status = await statusOf(fs, folder);
  if (!status) await fs.mkdir(folder, { recursive: false, mode });
  else if (!status.isDirectory()) throw obstructed(folder, 'not a directory');
  let free = name;
  // Nobody else takes names here: the lock is held.
  for (let copy = 2; await statusOf(fs, `${folder}/${free}`); copy++) free = `${copy}-${name}`;
  await fs.rename(`${path}/${name}`, `${folder}/${free}`);
  await syncDirectory(fs, folder);
  await syncDirectory(fs, path);
  return `${ASIDE_NAME}/${free}`;
}
