/** `logcaster doctor`: whether this machine suits a configuration. */
import { createRequire } from 'node:module';
import { printable } from '../../config/printable.ts';
import { type CommandContext, paint } from '../context.ts';
import { examine } from '../doctor/examine.ts';
import { type Machine, thisMachine } from '../doctor/machine.ts';
import { describeMemory } from '../doctor/memory.ts';
import { EXIT } from '../exit-codes.ts';
import { reportDiagnostics } from '../load-for-command.ts';
import { loadFromFlags } from '../load-from-flags.ts';
import { countFindings, isWrong, showFindings } from '../show-findings.ts';

const { engines } = createRequire(import.meta.url)('logcaster/package.json') as { engines: { node: string } };

export interface DoctorOptions {
  readonly config?: string;
  readonly format?: 'text' | 'json';
}

export async function doctor(
  { format, ...flags }: DoctorOptions,
  context: CommandContext,
  machine: Machine = thisMachine(),
): Promise<number> {
  const { loaded, settings } = await loadFromFlags(flags, context);
  if (!settings) {
    reportDiagnostics(loaded.diagnostics, context);
    return EXIT.config.code;
  }
  const { cwd, out } = context;
  const { findings, memory } = await examine({ settings, cwd, neededNode: engines.node }, machine);
  const code = isWrong(findings) ? EXIT.failed.code : EXIT.ok.code;
  if (format === 'json') {
    const result = { file: loaded.file, ok: code === EXIT.ok.code, findings, memory };
    out.write(`${JSON.stringify(result, undefined, 2)}\n`);
    return code;
  }
  showFindings(findings, out);
  out.write(`${describeMemory(memory)}\n`);
  const name = printable(loaded.file ?? 'the built-in pipeline');
  const counted = countFindings(findings);
  const judgement = code === EXIT.ok.code ? paint(out, 'green', 'good') : paint(out, 'red', counted);
  out.write(`${name}: ${judgement}${code === EXIT.ok.code && counted !== '' ? `, ${counted}` : ''}\n`);
  return code;
}
