/** The operator `drop-repeats`: of lines that are the same, one behind the other, the first stays. */
import { defineOperator } from 'logcaster/plugin';
import { z } from 'zod';

const options = z.strictObject({});

export const dropRepeats = defineOperator({
  type: 'drop-repeats',
  summary: 'Lets go of lines that repeat the line before them.',
  guarantees: { ledger: 'Lines that repeat are counted as dropped, for the policy `repeated`.' },
  options,
  examples: [{ title: 'No repeats', yaml: 'type: drop-repeats\n' }],
  create(_, context) {
    let last: Buffer | undefined;
    return {
      transform(batch) {
        let repeats = 0;
        // Bytes are compared, and nothing is decoded or copied: this takes millions of lines a second.
        const kept = batch.select((index) => {
          const line = batch.line(index);
          if (last?.equals(line)) {
            repeats++;
            return false;
          }
          last = line;
          return true;
        });
        // The line is a view, and would keep its whole batch in memory.
        last = last && Buffer.from(last);
        // Without this, they would count as filtered.
        context.dropped('repeated', repeats);
        return kept;
      },
    };
  },
});

declare module 'logcaster' {
  interface OperatorOptionsByType {
    'drop-repeats': {};
  }
}
