/** Holds the server to what docs/openapi.json says of it: every path, parameter, status and shape of an answer. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { openApi } from '../../../src/query/http/openapi.ts';
import { ROUTES } from '../../../src/query/http/routes.ts';
import { type Answer, FakeHttp, objectsOf } from './fake-http.ts';

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly example: string | number;
}

interface Operation {
  readonly parameters: readonly Parameter[];
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: object }>> }>
  >;
}

const document = openApi() as {
  readonly paths: Readonly<Record<string, Readonly<Record<'get' | 'head', Operation>>>>;
};

const ajv = new Ajv2020({
  strict: false,
  formats: { 'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/ },
});
ajv.addSchema({ ...document, $id: 'openapi' });

/** What is wrong with an answer, going by the description. */
function problemsOf(path: string, { status, headers, body }: Answer): string[] {
  const response = document.paths[path]!.get.responses[status];
  if (!response) return [`${path} may not answer ${status}`];
  const type = headers['content-type']!.split(';')[0]!;
  const place = Object.keys(response.content ?? {}).indexOf(type);
  if (place === -1) return [`${path} may not answer ${status} as ${type}`];
  if (type === 'text/plain') return [];
  const pointer = [path, 'get', 'responses', String(status), 'content', type, 'schema']
    .map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')))
    .join('/');
  const validate = ajv.compile({ $ref: `openapi#/paths/${pointer}` });
  const objects =
    type === 'text/event-stream'
      ? objectsOf(body.replaceAll(/^(?!data: ).*$/gm, '').replaceAll('data: ', ''))
      : objectsOf(body);
  return objects
    .filter((object) => !validate(object))
    .map((object) => `${JSON.stringify(object)}: ${ajv.errorsText(validate.errors)}`);
}

const LINES = ['one {"status":500}', 'two', Buffer.from('caf\xe9', 'latin1')];

test('it describes every path, and no other', () => {
  expect(Object.keys(document.paths).toSorted()).toEqual([...ROUTES.keys()].toSorted());
});

test('the answers are as described, with every parameter', async () => {
  const http = await FakeHttp.start(LINES);
  for (const [path, { get }] of Object.entries(document.paths)) {
    const query = get.parameters.filter((parameter) => parameter.in === 'query');
    // Each alone (`field` must be there), and without any.
    const needed = path === '/api/top' ? 'field=@source&' : '';
    const queries = query
      .filter(({ name }) => name !== 'field')
      .map(({ name, example }) => `${needed}${name}=${encodeURIComponent(example)}`);
    for (const each of [needed, ...queries]) {
      if (each.includes('q=')) continue; // The language is tested elsewhere.
      const url = `${path}?${each}`.replace(/[?&]$/, '');
      const answer = path === '/api/tail' ? await tailed(http, url) : await http.get(url);
      expect({ url, status: answer.status, problems: problemsOf(path, answer) }).toEqual({
        url,
        status: 200,
        problems: [],
      });
    }
  }
});

test('a parameter that is not described is refused', async () => {
  const http = await FakeHttp.start();
  const known = new Set(
    Object.values(document.paths).flatMap(({ get }) => get.parameters.map(({ name }) => name)),
  );
  for (const [path, { get }] of Object.entries(document.paths)) {
    const own = get.parameters.map(({ name }) => name);
    for (const name of known) {
      if (own.includes(name) || name === 'Last-Event-ID') continue;
      const answer = await http.get(`${path}?${name}=1`);
      expect({ path, name, status: answer.status, problems: problemsOf(path, answer) }).toEqual({
        path,
        name,
        status: 400,
        problems: [],
      });
    }
  }
});

test('errors are as described', async () => {
  const http = await FakeHttp.start(LINES, { http: { token: 'a-token', maxUrlBytes: 200 } });
  const ring = new FakeHttp(undefined);
  await ring.start();
  for (const [path, { get }] of Object.entries(document.paths)) {
    const isOpen = path === '/healthz' || path === '/readyz';
    const answers = [
      await http.get(path, { Host: 'evil' }),
      await http.get(path, { 'Sec-Fetch-Site': 'cross-site' }),
      await http.get(path, {}, 'POST'),
      await http.get(`${path}?${'x'.repeat(300)}`),
      await http.get(path, { Expect: 'something' }),
      await http.get(path, { 'Content-Length': '0', 'Transfer-Encoding': 'chunked' }).catch(() => undefined),
      ...(isOpen ? [] : [await http.get(path)]),
      ...('503' in get.responses && path.startsWith('/api/') && path !== '/api/tail'
        ? [await ring.get(path)]
        : []),
    ].filter((answer) => answer !== undefined);
    expect(answers.map((answer) => answer.status).slice(0, 5)).toEqual([421, 403, 405, 414, 417]);
    expect(answers.some((answer) => answer.status === 401)).toBe(!isOpen);
    expect(answers.flatMap((answer) => problemsOf(path, answer))).toEqual([]);
  }
});

test('readiness is as described while it is not ready', async () => {
  const http = await FakeHttp.start();
  http.state = 'starting';
  const answer = await http.get('/readyz');
  expect(answer.status).toBe(503);
  expect(problemsOf('/readyz', answer)).toEqual([]);
});

test('the description is served', async () => {
  const http = await FakeHttp.start();
  expect(JSON.parse((await http.get('/api/openapi.json')).body)).toEqual(
    JSON.parse(JSON.stringify(openApi())),
  );
});

/** Lets a tail come, and ends it. */
async function tailed(http: FakeHttp, url: string): Promise<Answer> {
  const other = await FakeHttp.start(LINES);
  const answer = other.get(url);
  while (other.answering.inspect()['tailing'] !== 1) await new Promise((resolve) => setImmediate(resolve));
  other.ring.store(['new']);
  await new Promise((resolve) => setTimeout(resolve, 20));
  other.answering.endTails();
  return answer;
}
