/**
 * A pino transport that sends lines to LogCaster over TCP:
 *
 *     const log = pino({ transport: { target: './transport.js', options: { port: 9999 } } });
 *
 * It never holds the program up: when LogCaster is away or slow, lines wait, up to `maxBytes`; then the oldest are let go, and a
 * line says how many. A connection that breaks is made anew. What the kernel had taken by then may be lost, and what it had not
 * is sent again: plain TCP does not tell which lines arrived.
 */
import { connect } from 'node:net';
import { Writable } from 'node:stream';

/**
 * @param {object} options
 * @param {number} options.port
 * @param {string} [options.host] 127.0.0.1 by default
 * @param {number} [options.maxBytes] the most bytes that wait; 8 MiB by default
 * @param {number} [options.endTimeout] how long the end waits for lines to be sent, in ms; 5000 by default
 */
export default function toLogCaster({ port, host = '127.0.0.1', maxBytes = 8 * 2 ** 20, endTimeout = 5000 }) {
  /** Whole lines that wait, in chunks, oldest first. The first `sending` of them have been handed to the connection. */
  const waiting = [];
  let sending = 0;
  let bytes = 0;
  let dropped = 0;
  /** The beginning of a line whose end has not come. */
  let rest = Buffer.alloc(0);
  let pause = 100;
  let isEnding = false;
  let onSent;
  let retry;
  let socket = open();

  function open() {
    const opened = connect({ port, host });
    if (!isEnding) opened.unref();
    opened.on('connect', () => {
      pause = 100;
      sendMore();
    });
    opened.on('drain', sendMore);
    // Nothing is answered, but without it the end of the connection would not be seen.
    opened.resume();
    // `close` follows.
    opened.on('error', () => {});
    opened.on('close', () => {
      sending = 0;
      if (isEnding && waiting.length === 0) return;
      retry = setTimeout(() => {
        socket = open();
      }, pause);
      if (!isEnding) retry.unref();
      pause = Math.min(pause * 2, 5000);
    });
    return opened;
  }

  function sendMore() {
    const to = socket;
    if (to.readyState !== 'open') return;
    if (dropped > 0) to.write(report(dropped));
    dropped = 0;
    while (sending < waiting.length && !to.writableNeedDrain) {
      to.write(waiting[sending++], (error) => {
        // After an error it is sent again, on the next connection.
        if (error || to !== socket) return;
        bytes -= waiting.shift().length;
        sending--;
        if (waiting.length === 0) onSent?.();
      });
    }
  }

  function letGoOfOldest() {
    while (bytes > maxBytes && waiting.length > sending + 1) {
      const [chunk] = waiting.splice(sending, 1);
      bytes -= chunk.length;
      dropped += countLines(chunk);
    }
  }

  return new Writable({
    write(chunk, _, done) {
      const end = chunk.lastIndexOf(10) + 1;
      if (end > 0) {
        const lines = Buffer.concat([rest, chunk.subarray(0, end)]);
        rest = chunk.subarray(end);
        waiting.push(lines);
        bytes += lines.length;
        letGoOfOldest();
        sendMore();
      } else {
        rest = Buffer.concat([rest, chunk]);
      }
      // Always at once: whoever logs does not wait.
      done();
    },
    async final(done) {
      isEnding = true;
      socket.ref();
      retry?.ref();
      if (waiting.length > 0) {
        await new Promise((resolve) => {
          const timer = setTimeout(resolve, endTimeout);
          onSent = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      waiting.length = 0;
      clearTimeout(retry);
      if (socket.readyState === 'open') {
        socket.end(() => done());
      } else {
        socket.destroy();
        done();
      }
    },
  });
}

/** A line in the format of pino, of the level `warn`. */
function report(lines) {
  return `${JSON.stringify({ level: 40, time: Date.now(), msg: `${lines} lines were let go: LogCaster was away` })}\n`;
}

function countLines(chunk) {
  let lines = 0;
  for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) lines++;
  return lines;
}
