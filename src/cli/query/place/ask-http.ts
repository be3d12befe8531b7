/** Asks over HTTP; with a token, if there is one. */
import { LogCasterError } from '../../../core/errors.ts';
import { connectFailed } from './ask-port.ts';
import type { Asked, Asking } from './asking.ts';

export interface HttpAskingInit {
  /** Where the collector answers: `http://127.0.0.1:9997`. */
  readonly url: URL;
  readonly token?: string | undefined;
}

export class HttpAsking implements Asking {
  readonly address: string;
  readonly #url: URL;
  readonly #headers: Readonly<Record<string, string>>;

  constructor({ url, token }: HttpAskingInit) {
    this.address = url.origin;
    this.#url = url;
    this.#headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  }

  async *ask(
    asked: Asked,
    signal: AbortSignal,
    onConnected?: () => void,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    let response: Response;
    try {
      response = await fetch(toUrl(this.#url, asked), { headers: this.#headers, signal, redirect: 'error' });
    } catch (error) {
      signal.throwIfAborted();
      throw connectFailed(this.address, (error as Error).cause ?? error);
    }
    if (!response.ok) throw await refused(this.address, response);
    onConnected?.();
    try {
      if (response.body) yield* asked.kind === 'tail' ? eventData(response.body) : response.body;
    } catch (error) {
      signal.throwIfAborted();
      throw connectFailed(this.address, (error as Error).cause ?? error);
    }
  }
}

/** The address of a question. */
export function toUrl(base: URL, { kind, options, key, expression }: Asked): URL {
  const url = new URL(`${base.pathname.replace(/\/$/, '')}/api/${kind}`, base);
  if (expression !== '') url.searchParams.set('q', expression);
  if (key !== undefined) url.searchParams.set(kind === 'top' ? 'field' : 'by', key);
  for (const [name, value] of Object.entries(options)) {
    // Its events are JSON whatever is asked.
    if (value === undefined || (kind === 'tail' && name === 'format')) continue;
    url.searchParams.set(name, String(value));
  }
  return url;
}

/** The data of server-sent events, one a line; comments and everything else of them are left out. */
async function* eventData(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split(/\r?\n/);
    rest = lines.pop()!;
    const data = lines.filter((line) => line.startsWith('data: ')).map((line) => `${line.slice(6)}\n`);
    if (data.length > 0) yield new TextEncoder().encode(data.join(''));
  }
}

/** Why a question was refused: what the collector says, or the status. */
async function refused(address: string, response: Response): Promise<LogCasterError> {
  const { status } = response;
  const text = (await response.text().catch(() => '')).slice(0, 10_000);
  const said = readObject(text);
  const inner =
    typeof said['error'] === 'object' && said['error'] !== null ? (said['error'] as typeof said) : said;
  const texts = ['message', 'detail', 'title'].map((name) => inner[name]);
  const message = texts.find((each) => typeof each === 'string') ?? `HTTP status ${status}`;
  const hint =
    status === 401
      ? 'It asks for a token: put it into a file and name that with --token-file, or into LOGCASTER_TOKEN.'
      : inner['hint'];
  return new LogCasterError('LC_CONNECT_FAILED', `${address} refused the question: ${message}`, {
    ...(typeof hint === 'string' && { hint }),
  });
}

/** An object of JSON; empty if it is somebody else's page. */
function readObject(text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
}
