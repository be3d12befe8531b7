/** `logcaster verify`: checks a log directory, and with `--repair` moves aside what is damaged. */
import { resolve } from 'node:path';
import { printable } from '../../config/printable.ts';
import { LogCasterError } from '../../core/errors.ts';
import { type FileSystem, systemFileSystem } from '../../core/file-system.ts';
import { plainFiles } from '../../core/log-directory/verify/format.ts';
import { type Repaired, repairDirectory } from '../../core/log-directory/verify/repair.ts';
import { verifyDirectory } from '../../core/log-directory/verify/verify.ts';
import { formatSize, parseSize } from '../../core/units.ts';
import { archiveFiles } from '../../sinks/archive/scan-frames.ts';
import { type CommandContext, paint } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { formatCount } from '../format-count.ts';
import { countFindings, isWrong, showFindings } from '../show-findings.ts';
import { UsageError } from '../usage-error.ts';

export interface VerifyCommandOptions {
  readonly repair?: boolean;
  /** A bare number is MiB. */
  readonly maxSize?: string;
  readonly format?: 'text' | 'json';
}

export async function verify(
  directory: string,
  { repair = false, maxSize, format }: VerifyCommandOptions,
  { cwd, out }: CommandContext,
  fs: FileSystem = systemFileSystem,
): Promise<number> {
  const options = {
    path: resolve(cwd, directory),
    formats: [plainFiles, ...archiveFiles],
    maxSize: maxSize === undefined ? undefined : toBytes(maxSize),
  };
  const verdict = await (repair ? repairDirectory(options, fs) : verifyDirectory(options, fs));
  const findings: readonly Repaired[] = verdict.findings;
  const left = findings.filter(({ movedTo }) => movedTo === undefined);
  const code = isWrong(left) ? EXIT.failed.code : EXIT.ok.code;
  if (format === 'json') {
    const { path, archives, bytes } = verdict;
    const result = { directory: path, ok: code === EXIT.ok.code, archives, bytes, findings };
    out.write(`${JSON.stringify(result, undefined, 2)}\n`);
    return code;
  }
  showFindings(findings.map(toShown), out);
  const counted = countFindings(left) || 'nothing';
  const files = `${formatCount(verdict.archives, 'archive')}, ${formatSize(verdict.bytes)}`;
  const moved = repair ? `${formatCount(findings.length - left.length, 'finding')} moved aside, ` : '';
  const judgement =
    code === EXIT.ok.code
      ? paint(out, 'green', 'good')
      : paint(out, 'red', `${repair ? 'left: ' : ''}${counted}`);
  const notes = code === EXIT.ok.code && left.length > 0 ? `, ${counted}` : '';
  out.write(`${printable(verdict.path)}: ${files}: ${moved}${judgement}${notes}\n`);
  return code;
}

function toShown({ file, message, movedTo, failure, ...finding }: Repaired) {
  const outcome =
    movedTo !== undefined
      ? `; moved to ${movedTo}`
      : failure !== undefined
        ? `; it could not be moved: ${failure}`
        : '';
  return { ...finding, subject: file === '.' ? 'the directory' : file, message: `${message}${outcome}` };
}

function toBytes(text: string): number {
  try {
    return parseSize(/^\d+(?:\.\d+)?$/.test(text) ? `${text}MiB` : text);
  } catch (error) {
    if (error instanceof LogCasterError) throw new UsageError(`--max-size: ${error.message}`, error.hint);
    throw error;
  }
}
