/** Takes what came from an HTTP server apart, and says what is wrong with it. It knows nothing of what was asked. */
import assert from 'node:assert/strict';

/** One answer. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** Answers in their order. */
export interface HttpAnswers {
  readonly whole: readonly HttpAnswer[];
  /** The begin of one that was cut off; without headers it is only bytes. */
  readonly rest: string | HttpAnswer;
}

const HEAD_END = '\r\n\r\n';
const NEXT = 'HTTP/1.1 ';

/** Reads answers, one behind the other. @throws if they are none, or not as every answer has to be */
export function readAnswers(text: string): HttpAnswers {
  const whole: HttpAnswer[] = [];
  let at = 0;
  while (at < text.length) {
    const end = text.indexOf(HEAD_END, at);
    if (end === -1) {
      const rest = text.slice(at);
      assert.ok(NEXT.startsWith(rest.slice(0, NEXT.length)), `no begin of an answer: ${shown(rest)}`);
      return { whole, rest };
    }
    const head = readHead(text.slice(at, end));
    at = end + HEAD_END.length;
    const read = readBody(text, at, head.headers);
    if (read.next === undefined) return { whole, rest: { ...head, body: read.body } };
    whole.push({ ...head, body: read.body });
    at = read.next;
  }
  return { whole, rest: '' };
}

function readHead(text: string): Omit<HttpAnswer, 'body'> {
  const [first = '', ...lines] = text.split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3}) [A-Z][\w '-]*$/i.exec(first)?.[1]);
  assert.ok(status >= 200 && status < 600, `no answer begins so: ${shown(first)}`);
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = /^([\w-]+): ([\x20-\x7e]*)$/.exec(line) ?? [];
    assert.ok(name !== undefined && value !== undefined, `no header: ${shown(line)}`);
    assert.ok(!headers.has(name.toLowerCase()), `twice: ${name}`);
    headers.set(name.toLowerCase(), value);
  }
  return { status, headers };
}

/** The body, and where the next answer begins, if this one is whole. The answer to a HEAD has none, whatever it says. */
function readBody(
  text: string,
  at: number,
  headers: ReadonlyMap<string, string>,
): { readonly body: string; readonly next?: number } {
  if (text.startsWith(NEXT, at)) return { body: '', next: at };
  const length = headers.get('content-length');
  if (length !== undefined) {
    const next = at + Number(length);
    return { body: text.slice(at, next), ...(next <= text.length && { next }) };
  }
  if (headers.get('transfer-encoding') !== 'chunked') {
    assert.equal(headers.get('connection'), 'close', 'an answer has a length, chunks, or an end');
    return { body: text.slice(at), next: text.length };
  }
  let body = '';
  for (let from = at; ; ) {
    const lineEnd = text.indexOf('\r\n', from);
    if (lineEnd === -1) return { body };
    const size = text.slice(from, lineEnd);
    assert.match(size, /^[0-9a-f]+$/i, `no chunk: ${shown(size)}`);
    const begin = lineEnd + 2;
    const end = begin + Number.parseInt(size, 16);
    if (end + 2 > text.length) return { body: body + text.slice(begin, end) };
    assert.equal(text.slice(end, end + 2), '\r\n', 'a chunk ends with a line end');
    if (end === begin) return { body, next: end + 2 };
    body += text.slice(begin, end);
    from = end + 2;
  }
}

/** What every whole answer of ours has. @throws what is wrong with it */
export function judgeAnswer({ status, headers, body }: HttpAnswer): void {
  assert.notEqual(status, 500, `a fault of the server: ${body}`);
  assert.equal(headers.get('cache-control'), 'no-store');
  assert.equal(headers.get('x-content-type-options'), 'nosniff');
  const type = headers.get('content-type');
  if (status !== 200 && type !== 'application/json') assert.equal(type, 'application/problem+json');
  if (body === '') return;
  switch (type) {
    case 'application/problem+json':
      assert.equal((JSON.parse(body) as { status: number }).status, status);
      break;
    case 'application/json':
      assert.equal(typeof JSON.parse(body), 'object');
      break;
    case 'application/x-ndjson': {
      assert.ok(body.endsWith('\n'), 'the last object has its line end');
      const last = Object.keys(body.trimEnd().split('\n').map(parsed).at(-1)!);
      assert.ok(last.includes('summary') || last.includes('error'), `the last object has ${last.join()}`);
      break;
    }
    case 'text/event-stream; charset=utf-8':
      assert.match(body, /^(?:(?:: .*|(?:id: .*\n|event: .*\n)?data: \{.*\})\n\n)*$/);
      break;
    default:
      assert.equal(type, 'text/plain; charset=utf-8');
      assert.match(body, /(?:^|\n)# [^\n]*\n$/);
  }
}

function parsed(line: string): object {
  return JSON.parse(line) as object;
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 200));
}
