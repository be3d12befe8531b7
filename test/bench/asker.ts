/**
 * Asks one question after the other over the query port, reads the answers, and prints a JSON line for each: the question and the
 * milliseconds that it took. It ends when its standard input does, but not before each was asked. Arguments: port, questions.
 */
import { once } from 'node:events';
import { connect } from 'node:net';

const [port, ...questions] = process.argv.slice(2);
const state = { isOver: false };
process.stdin.resume().once('end', () => {
  state.isOver = true;
});
for (let turn = 0; !state.isOver || turn < questions.length; turn++) {
  const command = questions[turn % questions.length]!;
  const begin = performance.now();
  await ask(command);
  console.log(JSON.stringify({ command, ms: performance.now() - begin }));
}

async function ask(command: string): Promise<void> {
  const socket = connect(Number(port), '127.0.0.1');
  let end = '';
  socket.on('data', (chunk: Buffer) => {
    // The last line may come in two chunks.
    end = (end + chunk.toString('latin1', Math.max(0, chunk.length - 200))).slice(-200);
  });
  socket.end(`${command}\n`);
  await once(socket, 'end');
  if (!/# matched=|"summary":/.test(end)) throw new Error(`${command}: ${end}`);
}
