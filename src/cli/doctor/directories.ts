/** The directories of sinks: whether they can be used and written, and whether there is room. Nothing is left behind. */
import { dirname } from 'node:path';
import { LogCasterError, messageOf } from '../../core/errors.ts';
import { errorCode, type FileStatus, type FileSystem } from '../../core/file-system.ts';
import { isLocked } from '../../core/log-directory/lock.ts';
import { parseArchive } from '../../core/log-directory/names.ts';
import { readState } from '../../core/log-directory/state.ts';
import { isOpenToAll } from '../../core/log-directory/verify/file.ts';
import { formatSize } from '../../core/units.ts';
import { readFormat } from '../../spill/format.ts';
import { parseSegmentName } from '../../spill/names.ts';
import type { ShownFinding } from '../show-findings.ts';
import type { Machine } from './machine.ts';
import type { DirectoryPlan, Plan } from './plan.ts';

/** Checks all directories. */
export async function checkDirectories({ directories }: Plan, machine: Machine): Promise<ShownFinding[]> {
  const findings: ShownFinding[] = [];
  for (const directory of directories) {
    try {
      findings.push(...(await checkDirectory(directory, machine)));
    } catch (error) {
      if (errorCode(error) === undefined) throw error;
      const { name, path } = directory;
      const hint =
        error instanceof LogCasterError ? error.hint : 'Let this user in, or choose another directory.';
      findings.push(tell('directory-unusable', name, `${path} cannot be used: ${messageOf(error)}`, hint));
    }
  }
  return findings;
}

function tell(
  code: string,
  subject: string,
  message: string,
  hint: string,
  severity: ShownFinding['severity'] = 'error',
): ShownFinding {
  return { code, severity, subject, message, hint };
}

async function checkDirectory(plan: DirectoryPlan, machine: Machine): Promise<ShownFinding[]> {
  const { name, path } = plan;
  const { fs } = machine;
  const { place, status } = await nearest(fs, path);
  if (!status.isDirectory()) {
    const hint = 'Choose another directory, or move away what is there.';
    return [tell('directory-unusable', name, `${place} is not a directory`, hint)];
  }
  const findings: ShownFinding[] = [];
  if (place === path) {
    if (isOpenToAll(status)) {
      const hint = `Take that right away (chmod o-w ${path}): the sink refuses it.`;
      findings.push(tell('directory-open', name, `everybody may write to ${path}`, hint));
    }
    // Throws for what the sink would not start with.
    await (plan.isSpill ? readFormat(fs, path) : readState(fs, path));
    if (await isLocked(fs, path, status)) {
      const hint = 'Two cannot have it. If that is this collector, all is well.';
      findings.push(tell('directory-in-use', name, `a collector writes to ${path}`, hint, 'note'));
    }
  }
  const problem = await machine.writeProblem(place);
  if (problem !== undefined) {
    const hint =
      problem === 'ENOSPC' || problem === 'EDQUOT'
        ? `Make room${plan.isSpill ? '' : ': retention of the sink removes old files'}.`
        : 'Let this user write there (chown, chmod), or choose another directory.';
    findings.push(tell('directory-unwritable', name, `nothing can be written in ${place}: ${problem}`, hint));
  }
  findings.push(...(await checkRoom(plan, place, machine)));
  return findings;
}

/** The directory, or what is there of its parents. */
async function nearest(fs: FileSystem, path: string): Promise<{ place: string; status: FileStatus }> {
  for (let place = path; ; place = dirname(place)) {
    try {
      return { place, status: await fs.stat(place) };
    } catch (error) {
      if (errorCode(error) !== 'ENOENT' || place === dirname(place)) throw error;
    }
  }
}

/** So many files that can be made are few. */
const FEW_FILES = 1000;

async function checkRoom(
  { name, path, maxSize, maxTotalSize, hasRetention, isSpill }: DirectoryPlan,
  place: string,
  machine: Machine,
): Promise<ShownFinding[]> {
  const { free, freeFiles } = await machine.diskRoom(place);
  const findings: ShownFinding[] = [];
  if (freeFiles !== undefined && freeFiles < FEW_FILES) {
    const message = `only ${freeFiles} more files can be made on the disk of ${path}`;
    findings.push(tell('disk-files', name, message, 'Remove files, or choose another disk.', 'warning'));
  }
  if (maxTotalSize !== undefined) {
    // What is there already needs no room.
    const needed = maxTotalSize + maxSize - (place === path ? await sizeOfFiles(machine.fs, path) : 0);
    if (free < needed) {
      const message = `${formatSize(free)} are free for ${path}, and ${formatSize(needed)} more may be written`;
      const hint = `Make room, or lower ${isSpill ? 'queue.spill.maxBytes' : 'retention.maxTotalSize'}.`;
      findings.push(tell('disk-space', name, message, hint, 'warning'));
    }
  } else if (free < 2 * maxSize) {
    const message = `${formatSize(free)} are free for ${path}, and a file may take ${formatSize(maxSize)}`;
    findings.push(tell('disk-space', name, message, 'Make room, or choose another disk.', 'warning'));
  }
  if (!hasRetention) {
    const message = `old files stay for ever, and ${formatSize(free)} are free`;
    findings.push(
      tell('no-retention', name, message, 'See retention.maxTotalSize, maxAge and maxFiles.', 'note'),
    );
  }
  return findings;
}

/** The bytes of all archives, or segments. */
async function sizeOfFiles(fs: FileSystem, path: string): Promise<number> {
  let bytes = 0;
  for (const name of await fs.readdir(path)) {
    if (!parseArchive(name) && !parseSegmentName(name)) continue;
    // Retention may be at work.
    bytes += (await fs.lstat(`${path}/${name}`).catch(() => undefined))?.size ?? 0;
  }
  return bytes;
}
