/** What a process is doing that does not answer any more: its stack, asked for with SIGUSR1 and the protocol of the inspector. */
import { setTimeout as sleep } from 'node:timers/promises';

interface Message {
  readonly method?: string;
  readonly params?: {
    readonly callFrames?: readonly {
      readonly functionName: string;
      readonly url: string;
      readonly location: { readonly lineNumber: number };
    }[];
  };
}

/** How long the answer may take, in ms. */
const PATIENCE = 10_000;

/**
 * The stack of a process whose event loop is held up.
 *
 * @param said - What it has written to standard error, in which the address of its inspector stands soon.
 */
export async function stackOf(pid: number, said: () => string): Promise<string> {
  try {
    process.kill(pid, 'SIGUSR1');
  } catch {
    return 'it is gone';
  }
  let url: string | undefined;
  for (const until = Date.now() + PATIENCE; url === undefined && Date.now() < until; await sleep(50)) {
    url = /Debugger listening on (ws:\S+)/.exec(said())?.[1];
  }
  if (url === undefined) return 'no inspector';
  const socket = new WebSocket(url);
  const { promise, resolve } = Promise.withResolvers<string>();
  socket.addEventListener('error', () => resolve('no answer of the inspector'));
  socket.addEventListener('open', () => {
    for (const [index, method] of ['Debugger.enable', 'Debugger.pause'].entries())
      socket.send(JSON.stringify({ id: index + 1, method }));
  });
  socket.addEventListener('message', ({ data }) => {
    const { method, params } = JSON.parse(String(data)) as Message;
    if (method !== 'Debugger.paused') return;
    const frames = params?.callFrames?.slice(0, 12) ?? [];
    resolve(
      frames
        .map(
          ({ functionName, url: file, location }) =>
            `${functionName} (${file.split('/').slice(-2).join('/')}:${location.lineNumber + 1})`,
        )
        .join(' < '),
    );
  });
  const answer = await Promise.race([promise, sleep(PATIENCE, 'it waits: its event loop is free')]);
  socket.close();
  return answer;
}
