/** `npm run soak`: runs a soak, prints what was found, and exits with 1 if anything is wrong. */
import { readOptions, USAGE } from './options.ts';
import { breachesOf, report } from './report.ts';
import { soak } from './soak.ts';

try {
  const options = readOptions(process.argv.slice(2));
  console.log(`seed ${options.seed}: ${options.minutes} min, faults ${options.faults.join(', ') || 'none'}`);
  const result = await soak(options);
  console.log(report(result));
  if (options.keep) console.log(`files: ${result.home}`);
  process.exitCode = breachesOf(result).length === 0 ? 0 : 1;
} catch (error) {
  console.error(`${(error as Error).stack ?? String(error)}\n\n${USAGE}`);
  process.exitCode = 2;
}
