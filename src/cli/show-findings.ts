/** Findings of `verify` and `doctor`, one line each, the worst first. What files are called is escaped. */
import { printable } from '../config/printable.ts';
import type { Severity } from '../core/log-directory/verify/findings.ts';
import { type Format, paint, type Writer } from './context.ts';
import { formatCount } from './format-count.ts';

/** What is shown of a finding. */
export interface ShownFinding {
  readonly code: string;
  readonly severity: Severity;
  /** What it is about: a file, a sink, a setting of the system. */
  readonly subject: string;
  readonly message: string;
  /** What to do about it. */
  readonly hint: string;
}

const SEVERITIES: readonly Severity[] = ['error', 'warning', 'note'];
const COLORS: Readonly<Record<Severity, Format>> = { error: 'red', warning: 'yellow', note: 'cyan' };

/** Writes findings, those of a severity in the order in which they come. */
export function showFindings(findings: readonly ShownFinding[], out: Writer): void {
  for (const severity of SEVERITIES) {
    for (const finding of findings) {
      if (finding.severity !== severity) continue;
      const { code, subject, message, hint } = finding;
      const label = paint(out, COLORS[severity], severity);
      out.write(`${label}: ${printable(`${subject}: ${message} (${hint})`)} [${code}]\n`);
    }
  }
}

/** `2 errors, 1 note`; empty if there are none. */
export function countFindings(findings: readonly { readonly severity: Severity }[]): string {
  const counts = SEVERITIES.map((severity) => ({
    severity,
    count: findings.filter((finding) => finding.severity === severity).length,
  }));
  return counts
    .filter(({ count }) => count > 0)
    .map(({ severity, count }) => formatCount(count, severity))
    .join(', ');
}

/** Whether there is more than notes. */
export function isWrong(findings: readonly { readonly severity: Severity }[]): boolean {
  return findings.some(({ severity }) => severity !== 'note');
}
