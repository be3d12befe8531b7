import { defineSink, RejectedError, RetryableError } from 'logcaster/plugin';
import { z } from 'zod';

export const webhook = defineSink({
  type: 'webhook',
  summary: 'Posts lines to a URL.',
  guarantees: { delivery: 'At least once: a line counts as stored when the service has answered 2xx.' },
  options: z.strictObject({
    url: z.url().meta({ description: 'Where to post to' }),
    token: z.string().optional().meta({ description: 'Sent as a bearer token', secret: true }),
  }),
  examples: [{ title: 'A service here', yaml: 'type: webhook\nurl: http://127.0.0.1:8080/lines\n' }],
  create({ url, token }) {
    const closing = new AbortController();
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    return {
      async write(batch) {
        const body = Buffer.concat(batch.chunks());
        const response = await fetch(url, { method: 'POST', headers, body, signal: closing.signal });
        await response.arrayBuffer();
        if (response.status >= 500) throw new RetryableError(`${url} answered ${response.status}`);
        if (!response.ok) throw new RejectedError(`http-${response.status}`);
      },
      address: () => url,
      [Symbol.asyncDispose]: async () => closing.abort(),
    };
  },
});
