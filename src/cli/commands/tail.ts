/** `logcaster tail`: shows lines of a collector as they come, until Ctrl-C. */
import { systemClock } from '../../core/clock.ts';
import { escapeText } from '../../core/escape.ts';
import type { CommandContext } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { formatCount } from '../format-count.ts';
import { hasColors } from '../query/colors.ts';
import { findAsking } from '../query/connect.ts';
import { type LineFlags, toExpression, toTime } from '../query/flags.ts';
import { follow } from '../query/follow.ts';
import { Highlighter } from '../query/highlight.ts';
import { untilInterrupted } from '../query/interrupt.ts';
import { Output, READ_AHEAD } from '../query/output.ts';
import type { Asking } from '../query/place/asking.ts';
import type { Show } from '../query/show/show.ts';
import { ShowFields } from '../query/show/show-fields.ts';
import { ShowJson } from '../query/show/show-json.ts';
import { ShowText } from '../query/show/show-text.ts';
import { orShowError } from '../query/show-error.ts';

/** The flags of `tail`. */
export interface TailFlags extends LineFlags {
  readonly last?: number;
  readonly reconnect: boolean;
  readonly withSource?: boolean;
  readonly source: boolean;
}

/** How many lines come first, as with `tail`. */
const LAST = 10;

export async function tail(
  expression: string | undefined,
  flags: TailFlags,
  context: CommandContext,
): Promise<number> {
  return orShowError(context, EXIT.usage.code, async () => {
    const now = systemClock.now();
    toTime('--since', flags.since, now);
    const written = toExpression([expression ?? ''], flags.invertMatch ?? false, now);
    const asking = await findAsking(flags, context);
    if (!asking) return EXIT.config.code;
    const show = toShow(expression ?? '', flags, context);
    return untilInterrupted((signal) => run({ written, asking, show, flags, context }, signal), {
      onEnd: () => {},
    });
  });
}

interface TailInit {
  readonly written: string;
  readonly asking: Asking;
  readonly show: Show;
  readonly flags: TailFlags;
  readonly context: CommandContext;
}

async function run(
  { written, asking, show, flags, context }: TailInit,
  signal: AbortSignal,
): Promise<number> {
  const { since, reconnect } = flags;
  const last = flags.last ?? (since === undefined ? LAST : undefined);
  const output = new Output(context.out, READ_AHEAD);
  const say = (text: string): void => context.err.write(`logcaster: ${escapeText(text)}\n`);
  const followed = { expression: written, since, last: last === 0 ? undefined : last };
  const lines = follow(
    followed,
    {
      asking,
      clock: systemClock,
      reconnects: reconnect,
      onSkipped: (count) =>
        say(`skipped ${formatCount(count, 'line')}: they came faster than they were read here`),
      onLost: (why) => say(`${why}; asking ${asking.address} again until it answers`),
      onBack: () => say(`${asking.address} answers again`),
    },
    signal,
  );
  for await (const each of lines) {
    if (!(await show.show(each, output)) || !(await output.send())) return EXIT.ok.code;
  }
  return EXIT.ok.code;
}

function toShow(expression: string, flags: TailFlags, context: CommandContext): Show {
  const { out, env } = context;
  const colors = hasColors(flags.color, out, env);
  const escapes = out.isTerminal || colors;
  if (flags.fields)
    return new ShowFields({ names: flags.fields, json: flags.json ?? false, colors, escapes });
  if (flags.json) return new ShowJson(escapes);
  return new ShowText({
    names: flags.source && (flags.withSource === true || out.isTerminal),
    times: flags.timestamps ?? false,
    colors,
    escapes,
    highlighter: colors && !flags.invertMatch ? new Highlighter(expression) : undefined,
  });
}
