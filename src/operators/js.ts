/**
 * `js`: calls a function for each line, which can change it, let go of it, or make several of it.
 *
 * Invariants: what the function throws, or answers by mistake, costs that line only, which is counted as failed. Lines
 * that it leaves as they are keep their bytes, whatever they are; as long as it changes none, nothing is copied.
 */
import { Buffer } from 'node:buffer';
import { isAbsolute, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { type Batch, type Fields, joinLines } from '../core/batch.ts';
import { defineOperator, type StreamOperatorContext, type TransformOperator } from '../core/component.ts';
import { LogCasterError, messageOf } from '../core/errors.ts';
import { toFieldsOf } from '../core/field-value.ts';
import { Line } from '../framing/lines.ts';

/** A line as the function makes one; what is left out stays as it was. */
export interface JsLine {
  /** The new line. It may hold line feeds, and is one line all the same. */
  readonly text?: string;
  /** The new line as bytes, in place of `text`. */
  readonly bytes?: Uint8Array;
  /** All fields of the line: those that are not named are gone. */
  readonly fields?: Readonly<Record<string, unknown>> | undefined;
}

/** What becomes of a line: nothing or `true` keeps it, `false` lets go of it, a text is the new line, a list several. */
export type JsResult =
  | void
  | boolean
  | string
  | Uint8Array
  | JsLine
  | readonly (string | Uint8Array | JsLine)[];

/** The function that is called for each line. It must answer at once: no promise. */
export type JsFunction = (line: Line) => JsResult;

const options = z
  .strictObject({
    run: (z.unknown() as z.ZodType<JsFunction, JsFunction>)
      .refine(
        (run) => typeof run === 'function',
        'must be a function, which only a TypeScript or JavaScript config has',
      )
      .optional()
      .meta({ description: 'The function, in a TypeScript or JavaScript config', unit: 'function' }),
    module: z
      .string()
      .refine((path) => /^\.{0,2}\//.test(path), 'must be a path that begins with ./, ../ or /')
      .optional()
      .meta({ description: 'The file that exports the function: .ts, .js or .mjs', unit: 'path' }),
    export: z.string().min(1).optional().meta({
      description: 'The name under which the module exports it; `default` by default',
      unit: 'name',
    }),
  })
  .superRefine(({ run, module, export: name }, context) => {
    if ((run === undefined) === (module === undefined)) {
      context.addIssue({ code: 'custom', message: 'must have exactly one of `run` and `module`' });
    } else if (run !== undefined && name !== undefined) {
      context.addIssue({ code: 'custom', message: 'belongs to `module`, not to `run`', path: ['export'] });
    }
  });

/** The operator `js`. */
export const js = defineOperator({
  type: 'js',
  summary: 'Calls a function of yours for each line.',
  description:
    'The function gets the line: `text`, `bytes`, `fields`, `origin` (`source`, `peer`) and `receivedAt` (ms since the epoch). It answers\n\n' +
    '- nothing or `true`: the line goes on as it is;\n' +
    '- `false`: the line is let go;\n' +
    '- a text: the line is this text now;\n' +
    '- `{ text, fields }`, both optional: the new text, and all the fields that the line has now (`{ ...line.fields, more: 1 }` keeps the others);\n' +
    '- a list of those: several lines, or none.\n\n' +
    'It runs in the process itself, one line after the other, and everything waits for it.',
  guarantees: {
    errors:
      'A line for which the function throws, or answers anything else, is counted as failed; the other lines go on.',
    bytes: 'A line that is kept keeps its bytes; it is decoded when the function asks for its text.',
    order: 'The lines keep their order.',
  },
  options,
  examples: [
    {
      title: 'A function of a module',
      yaml: 'type: js\nmodule: ./examples/operators/redact.ts\nexport: redact\n',
    },
  ],
  create: ({ run, module, export: name }, context) => new JsOperator(context, run, module, name ?? 'default'),
});

class JsOperator implements TransformOperator {
  readonly #context: StreamOperatorContext;
  readonly #module: string | undefined;
  readonly #export: string;
  #run: JsFunction | undefined;

  constructor(
    context: StreamOperatorContext,
    run: JsFunction | undefined,
    module: string | undefined,
    name: string,
  ) {
    this.#context = context;
    this.#run = run;
    this.#module = module;
    this.#export = name;
  }

  /** @throws LogCasterError `LC_MODULE_UNUSABLE` */
  async start(): Promise<void> {
    if (this.#module !== undefined) this.#run = await load(this.#module, this.#export);
  }

  transform(batch: Batch): Batch | undefined {
    const results = new Results(batch);
    for (let index = 0; index < batch.length; index++) {
      try {
        const line = new Line(batch, index);
        const lines = results.add(index, line, this.#run!(line));
        if (lines > 1) this.#context.created(lines - 1);
      } catch (error) {
        this.#context.failed(error, 1);
      }
    }
    return results.toBatch();
  }
}

/** A line that goes on: its index, if it is as it was, else what it is now. */
type Result = number | { readonly content: string | Uint8Array; readonly fields: Fields | undefined };

/** Collects what becomes of the lines of a batch. */
class Results {
  readonly #batch: Batch;
  readonly #results: Result[] = [];
  #changed = false;

  constructor(batch: Batch) {
    this.#batch = batch;
  }

  /**
   * Adds what the function answered for a line; answers how many lines that are.
   *
   * @throws TypeError if that is nothing the function may answer; then nothing is added
   */
  add(index: number, line: Line, answer: unknown): number {
    if (answer === undefined || answer === true || answer === line) {
      this.#results.push(index);
      return 1;
    }
    if (answer === false) return 0;
    const answers: readonly unknown[] = Array.isArray(answer) ? answer : [answer];
    const results = answers.map((each) => toResult(line, each));
    for (const result of results) this.#results.push(result);
    this.#changed = true;
    return answers.length;
  }

  toBatch(): Batch | undefined {
    const batch = this.#batch;
    const results = this.#results;
    if (results.length === 0) return undefined;
    if (!this.#changed) {
      if (results.length === batch.length) return batch;
      // The indexes are in order.
      let next = 0;
      return batch.select((index) => results[next] === index && ++next > 0);
    }
    const contents = results.map((result) =>
      typeof result === 'number' ? batch.line(result) : result.content,
    );
    const fields = results.map((result) =>
      typeof result === 'number' ? batch.fields?.[result] : result.fields,
    );
    return batch.withLines(joinLines(contents), fields.some(Boolean) ? fields : undefined);
  }
}

function toResult(line: Line, answer: unknown): Result {
  if (typeof answer === 'string') return { content: answer, fields: line.fields };
  if (answer instanceof Uint8Array) return { content: Buffer.from(answer), fields: line.fields };
  if (answer instanceof Promise) {
    // Nobody waits for it; without this its failure would end the process.
    answer.catch(() => {});
    throw new TypeError('the function answered a promise; it must answer at once');
  }
  if (answer instanceof Line) return { content: answer.bytes, fields: answer.fields };
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) {
    throw new TypeError(`the function answered ${answer === null ? 'null' : `a ${typeof answer}`}`);
  }
  for (const name of Object.keys(answer)) {
    if (name !== 'text' && name !== 'bytes' && name !== 'fields') {
      throw new TypeError(
        `the function answered an object with "${name}"; it may have text, bytes and fields`,
      );
    }
  }
  const { text, bytes, fields } = answer as { text?: unknown; bytes?: unknown; fields?: unknown };
  if (text !== undefined && typeof text !== 'string') throw new TypeError(`text is a ${typeof text}`);
  if (bytes !== undefined && !(bytes instanceof Uint8Array))
    throw new TypeError(`bytes is a ${typeof bytes}`);
  return {
    content: bytes ? Buffer.from(bytes) : (text ?? line.bytes),
    fields: toLineFields(line, 'fields' in answer, fields),
  };
}

function toLineFields(line: Line, given: boolean, fields: unknown): Fields | undefined {
  if (!given || fields === line.fields) return line.fields;
  return fields === undefined ? undefined : toFieldsOf(fields);
}

async function load(module: string, name: string): Promise<JsFunction> {
  const path = isAbsolute(module) ? module : resolve(module);
  let exports: Readonly<Record<string, unknown>>;
  try {
    exports = (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>;
  } catch (cause) {
    throw new LogCasterError('LC_MODULE_UNUSABLE', `cannot load ${module}: ${messageOf(cause)}`, { cause });
  }
  const run = exports[name];
  if (typeof run === 'function') return run as JsFunction;
  const functions = Object.keys(exports).filter((each) => typeof exports[each] === 'function');
  throw new LogCasterError('LC_MODULE_UNUSABLE', `${module} exports no function "${name}"`, {
    hint: functions.length > 0 ? `it exports ${functions.join(', ')}` : 'it exports no function at all',
  });
}
