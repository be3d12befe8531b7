/**
 * A small stand-in for `nc` (netcat): connects standard input and output to a TCP port. With `-N` it closes its side at the
 * end of the input. `NC_PORTS` (`9999=40123 …`) says which ports stand for others.
 */
import { connect } from 'node:net';

const args = process.argv.slice(2);
const closes = args[0] === '-N';
const [host = '', port = ''] = closes ? args.slice(1) : args;
const others = new Map<string, string>(
  (process.env['NC_PORTS'] ?? '').split(' ').map((pair) => pair.split('=') as [string, string]),
);
const socket = connect({ host, port: Number(others.get(port) ?? port), allowHalfOpen: true });
socket.on('error', (error) => {
  console.error(error.message);
  process.exitCode = 1;
  process.stdin.destroy();
});
process.stdin.pipe(socket, { end: closes });
socket.pipe(process.stdout);
// The answer is there: what is still typed goes nowhere.
socket.on('end', () => {
  socket.end();
  process.stdin.destroy();
});
