/**
 * The description of what can be asked over HTTP, as OpenAPI 3.1: `docs/openapi.json`, and what `/api/openapi.json` answers. The
 * parameters are the options of questions; a test holds the server to all of it.
 */
import { OPTIONS, optionNames, type QuestionKind } from '../questions/options.ts';

type Json = { readonly [name: string]: unknown };

let made: Json | undefined;

/** The description. */
export function openApi(): Json {
  made ??= {
    openapi: '3.1.0',
    info: {
      title: 'LogCaster',
      version: '1',
      description:
        'Questions to a collector: it searches, follows and counts the lines that it holds. The expressions and the answers are described in docs/query.md.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: 'http://127.0.0.1:9997' }],
    security: [{ token: [] }, {}],
    paths: {
      '/api/search': get('search', 'Lines that match', {
        description: 'The lines, and a summary as the last line: without it the answer is not complete.',
        parameters: [q(), ...optionsOf('search')],
        content: {
          'application/x-ndjson': oneOf('Line', 'Summary', 'Failure'),
          'text/plain': { type: 'string' },
        },
        errors: [400, 503],
      }),
      '/api/tail': get('tail', 'Lines that match, as they come', {
        description:
          'Server-sent events. An event without a name is a line; `skipped` says how many lines were not looked at because the client was too slow; `end` is the last. With `format=text`, plain lines.',
        parameters: [q(), ...optionsOf('tail'), lastEventId()],
        content: { 'text/event-stream': oneOf('Line', 'Skipped', 'Ended'), 'text/plain': { type: 'string' } },
        errors: [400, 503],
      }),
      '/api/count': get('count', 'How many lines match, or how many of each kind', {
        description: 'The groups, and a summary as the last line. Without `by`, one count.',
        parameters: [
          q(),
          parameter(
            'by',
            'What to count by: a field, `@source`, `@peer`, or spans of time: `time(1m)`',
            { type: 'string' },
            'time(1m)',
          ),
          ...optionsOf('count'),
        ],
        content: {
          'application/x-ndjson': oneOf('Count', 'Group', 'Summary', 'Failure'),
          'text/plain': { type: 'string' },
        },
        errors: [400, 503],
      }),
      '/api/top': get('top', 'The most frequent values of a field', {
        description: 'The groups, the largest first, and a summary as the last line.',
        parameters: [
          q(),
          { ...parameter('field', 'The field', { type: 'string' }, 'status'), required: true },
          parameter('n', 'How many values', { type: 'integer', minimum: 1, default: 10 }, '10'),
          ...optionsOf('count'),
        ],
        content: {
          'application/x-ndjson': oneOf('Group', 'Summary', 'Failure'),
          'text/plain': { type: 'string' },
        },
        errors: [400, 503],
      }),
      '/api/stats': get('stats', 'The ledger: where every line is or was left', {
        content: { 'application/json': ref('Ledger') },
        errors: [400],
      }),
      '/api/openapi.json': get('openapi', 'This description', {
        content: { 'application/json': { type: 'object' } },
        errors: [400],
      }),
      '/healthz': get('health', 'Whether the process lives', {
        content: { 'application/json': ref('Health') },
        errors: [400],
        isOpen: true,
      }),
      '/readyz': get('readiness', 'Whether lines are taken in', {
        content: { 'application/json': ref('Readiness') },
        errors: [400],
        isOpen: true,
        unready: { 'application/json': ref('Readiness') },
      }),
    },
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } }, schemas: SCHEMAS },
  };
  return made;
}

const COUNT = { type: 'integer', minimum: 0 } as const;
const TIME = { type: 'string', format: 'date-time' } as const;

function object(properties: Json, required: readonly string[] = Object.keys(properties)): Json {
  return { type: 'object', properties, required, additionalProperties: false };
}

/** An object that has more than what stands here. */
function open(properties: Json): Json {
  return { type: 'object', properties, required: Object.keys(properties) };
}

const SCHEMAS: Json = {
  Line: {
    description: 'A line of a log. What is not known of it is absent.',
    ...object(
      {
        time: { ...TIME, description: 'When it was received' },
        source: { type: 'string', description: 'The source that received it' },
        peer: { type: 'string', description: 'Who sent it' },
        message: { type: 'string', description: 'The line; what is no UTF-8 in it is U+FFFD' },
        messageBase64: {
          type: 'string',
          contentEncoding: 'base64',
          description: 'The bytes of a line that is not UTF-8',
        },
      },
      ['message'],
    ),
  },
  Summary: object({
    summary: object({
      matched: COUNT,
      scannedLines: COUNT,
      scannedBytes: COUNT,
      ms: COUNT,
      truncated: {
        description: 'Why there may be more; `false` if that was everything',
        enum: [false, 'limit', 'last', 'bytes', 'groups', 'timeout'],
      },
    }),
  }),
  Failure: object({ error: ref('Complaint') }),
  Complaint: object(
    {
      code: { type: 'string' },
      message: { type: 'string' },
      hint: { type: 'string' },
      column: { type: 'integer', minimum: 1 },
      parameter: { type: 'string' },
    },
    ['message'],
  ),
  Skipped: object({ skipped: COUNT }),
  Ended: object({ ended: { const: true } }),
  Count: object({ count: COUNT }),
  Group: {
    oneOf: [
      object({ value: { type: 'string' }, count: COUNT }),
      object({ time: TIME, count: COUNT }),
      object({ none: { const: true, description: 'Lines without the field' }, count: COUNT }),
      object({ other: { const: true, description: 'Lines of groups that are not listed' }, count: COUNT }),
    ],
  },
  Ledger: open({
    unaccounted: { type: 'integer' },
    sources: { type: 'object' },
    pipelines: { type: 'object' },
    sinks: { type: 'object' },
  }),
  Health: object({ status: { const: 'ok' } }),
  Readiness: object({ status: { enum: ['starting', 'ready', 'stopping'] } }),
  Problem: {
    description: 'RFC 9457',
    ...object(
      {
        title: { type: 'string' },
        status: { type: 'integer' },
        detail: { type: 'string' },
        code: { type: 'string' },
        hint: { type: 'string' },
        column: {
          type: 'integer',
          minimum: 1,
          description: 'Where in `q` it is wrong, in characters from 1 on',
        },
        parameter: { type: 'string', description: 'Which parameter is wrong' },
      },
      ['title', 'status', 'detail'],
    ),
  },
};

const ERRORS: Readonly<Record<number, string>> = {
  400: 'The question cannot be read',
  401: 'The token is missing or wrong',
  403: 'The request comes from a page of another site',
  405: 'Only GET and HEAD',
  408: 'The request took too long to come',
  413: 'A body was sent',
  414: 'The URL is too long',
  417: 'An expectation was sent',
  421: 'The host is not known here',
  431: 'The headers are too large',
  503: 'There is nothing to search, or too much is going on: come again',
};

/** What any request can be answered with. */
const ALWAYS = [403, 405, 408, 413, 414, 417, 421, 431] as const;

interface Operation {
  readonly description?: string;
  readonly parameters?: readonly Json[];
  readonly content: Json;
  readonly errors: readonly number[];
  /** Whether it asks for no token. */
  readonly isOpen?: boolean;
  readonly unready?: Json;
}

function get(operationId: string, summary: string, operation: Operation): Json {
  const { description, parameters = [], content, errors, isOpen = false, unready } = operation;
  const codes = [...new Set<number>([...errors, ...(isOpen ? [] : [401]), ...ALWAYS, 503])].toSorted(
    (a, b) => a - b,
  );
  const answers = codes.map((code) => [code, code === 503 && unready ? notReady(unready) : problem(code)]);
  const responses = {
    200: { description: summary, content: contentOf(content) },
    ...Object.fromEntries(answers),
  };
  const common = {
    summary,
    ...(description !== undefined && { description }),
    parameters,
    ...(isOpen && { security: [] }),
    responses,
  };
  // HEAD answers with the same headers.
  return {
    get: { operationId, ...common },
    head: { operationId: `${operationId}Head`, ...common, responses: withoutContent(responses) },
  };
}

function problem(code: number): Json {
  return { description: ERRORS[code], content: contentOf({ 'application/problem+json': ref('Problem') }) };
}

function notReady(content: Json): Json {
  return {
    description: 'Not yet, or not any more; or there are too many clients',
    content: contentOf({ ...content, 'application/problem+json': ref('Problem') }),
  };
}

function contentOf(schemas: Json): Json {
  return Object.fromEntries(Object.entries(schemas).map(([type, schema]) => [type, { schema }]));
}

function withoutContent(responses: Readonly<Record<string, unknown>>): Json {
  return Object.fromEntries(
    Object.entries(responses).map(([code, response]) => [
      code,
      { description: (response as { description: string }).description },
    ]),
  );
}

function q(): Json {
  return parameter(
    'q',
    'The expression; without it, every line',
    { type: 'string' },
    'timeout AND status:>=500',
  );
}

function optionsOf(kind: QuestionKind): Json[] {
  return optionNames(kind).map((name) => {
    const { description, schema, example } = OPTIONS[name];
    return parameter(name, description, schema, example);
  });
}

function lastEventId(): Json {
  const text =
    'The id of the last event that the client has: the tail goes on behind it, as far as the ring reaches back';
  return { ...parameter('Last-Event-ID', text, { type: 'string' }, '1790000000000-2'), in: 'header' };
}

function parameter(name: string, text: string, schema: Json, example: string): Json {
  return {
    name,
    in: 'query',
    description: text,
    schema,
    example: schema['type'] === 'integer' ? Number(example) : example,
  };
}

function ref(name: string): Json {
  return { $ref: `#/components/schemas/${name}` };
}

function oneOf(...names: string[]): Json {
  return { description: 'One object a line, or an event', oneOf: names.map(ref) };
}
