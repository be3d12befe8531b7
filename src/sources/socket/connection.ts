/**
 * One connection: a socket, and the framer that makes lines of its bytes.
 *
 * Invariants: a chunk that may not be taken in goes back to the socket, which is paused, and which stops reading because of
 * it; so a paused connection holds at most what its framer holds and one chunk of at most 64 KiB. (In the rare case that
 * credit turns out to be short only after framing, it holds the lines of one chunk besides.) One that is held back holds no chunk
 * at all. What the framer holds at the
 * end is settled exactly once: as a line after a clean end of the stream, as a fragment after anything else.
 *
 * A reset can look like a clean end: libuv up to 1.51 reports the end of the stream when the last bytes and the reset come
 * together. An empty write, which sends nothing, tells one from the other; it is only made when a line would be at stake.
 */
import type { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import type { Lines } from '../../core/batch.ts';
import { errorCode } from '../../core/file-system.ts';
import type { LineFramer } from '../../framing/line-framer.ts';

/** Lines that were framed but have no credit yet. */
export interface PendingLines {
  readonly lines: Lines;
  /** When they were read, in ms since the epoch. */
  readonly receivedAt: number;
  /** What they cost: their bytes with a line feed each. */
  readonly byteLength: number;
}

/** Who is told of what happens on a connection. */
export interface ConnectionListener {
  /** A chunk of so many bytes has come. Answers whether it may be taken in now; if not, the connection is paused. */
  accepts(connection: Connection, bytes: number): boolean;
  /** A chunk was taken in; `runs` are the lines that it completed, if it did, in one or two runs. */
  read(connection: Connection, runs: readonly Lines[]): void;
  /** The last line had no line feed; it comes next. */
  unterminated(): void;
  /** The unfinished line takes so many bytes of memory more than before, or less. */
  grew(bytes: number): void;
  /** So many bytes of an unfinished line are not going to be a line. */
  fragment(bytes: number): void;
  failed(connection: Connection, error: Error): void;
  /** The socket is closed. Nothing comes after it. */
  closed(connection: Connection): void;
}

/** The part of a socket with which reading stops at once. Node has it in all its versions, and does not speak of it. */
interface SocketHandle {
  reading: boolean;
  readStop(): void;
}

export class Connection {
  /** The other end, for people. */
  readonly peer: string;
  /** Lines that wait for credit, oldest first. Hardly ever any: what waits are mostly bytes. */
  readonly pending: PendingLines[] = [];
  /** How many chunks were taken in: who looks twice sees whether something came. */
  reads = 0;
  /** Bytes that wait for credit: those of {@link pending}, and the chunk that is back in the socket. Kept by the intake. */
  heldBack = 0;
  readonly #socket: Socket;
  readonly #framer: LineFramer;
  readonly #listener: ConnectionListener;
  #cut: { readonly at: number; readonly onCut: () => void } | undefined;
  /** Memory of the unfinished line, as far as the listener was told. */
  #capacity = 0;
  #isHeld = false;
  #isFinishing = false;
  #isConcluded = false;

  /** @param socket - Made with `allowHalfOpen` and `pauseOnConnect`: nothing is read before {@link resume}. */
  constructor(socket: Socket, peer: string, framer: LineFramer, listener: ConnectionListener) {
    this.peer = peer;
    this.#socket = socket;
    this.#framer = framer;
    this.#listener = listener;
    socket.on('data', (chunk) => this.#read(chunk));
    socket.on('end', () => this.#end());
    // Without this listener the first reset would end the process.
    socket.on('error', (error) => listener.failed(this, error));
    socket.on('close', () => {
      this.#conclude(false);
      listener.closed(this);
    });
  }

  /** Bytes that were read from the kernel. */
  get bytesRead(): number {
    return this.#socket.bytesRead;
  }

  /** The ports of both ends, as `9999 51234`; nothing if it is no TCP connection. */
  get ports(): string | undefined {
    const { localPort, remotePort } = this.#socket;
    return localPort === undefined || remotePort === undefined ? undefined : `${localPort} ${remotePort}`;
  }

  /** Bytes of the chunk that waits to be taken in. */
  get waitingBytes(): number {
    return this.#socket.readableLength;
  }

  /** Takes in the chunk that waits. */
  readWaiting(): void {
    // What an explicit read() answers comes as a `data` event too.
    this.#socket.read();
  }

  /** Memory of the unfinished line, in bytes. */
  get capacity(): number {
    return this.#capacity;
  }

  pause(): void {
    this.#socket.pause();
  }

  /**
   * Pauses it without taking anything more from the kernel: a socket that is only paused reads one more chunk, to have it at hand,
   * and ten thousand of those are 640 MB.
   */
  hold(): void {
    this.#socket.pause();
    const { _handle: handle } = this.#socket as unknown as { readonly _handle?: SocketHandle | null };
    if (!handle?.reading) return;
    this.#isHeld = true;
    handle.reading = false;
    handle.readStop();
  }

  resume(): void {
    if (this.#isHeld) {
      this.#isHeld = false;
      // The stream still waits for what it had asked for, and would not ask again.
      // oxlint-disable-next-line no-underscore-dangle -- the name that streams give it
      this.#socket._read(0);
    }
    this.#socket.resume();
  }

  /** Frees the memory of the unfinished line, which is handled like one that is too long. Answers whether there was one. */
  cut(): boolean {
    const hadLine = this.#framer.pendingBytes > 0;
    const lines = this.#framer.cut();
    this.#tellCapacity();
    if (lines) this.#listener.read(this, [lines]);
    return hadLine;
  }

  /** Tells the other end that nobody will listen for long, and goes on reading. An unfinished line is no line from here on. */
  finish(): void {
    this.#isFinishing = true;
    this.#socket.end();
  }

  /** Closes the socket at once; what the kernel holds unread is lost. */
  destroy(): void {
    this.#socket.destroy();
  }

  /** Closes the socket as soon as the first `at` bytes of the connection are taken in, and calls `onCut` before it does. */
  cutAt(at: number, onCut: () => void): void {
    this.#cut = { at, onCut };
    this.#cutIfReached();
  }

  /** Takes in what was read already, and closes the socket. */
  abort(): void {
    if (this.waitingBytes > 0) this.readWaiting();
    this.#socket.destroy();
    this.#conclude(false);
  }

  #read(chunk: Buffer): void {
    if (!this.#listener.accepts(this, chunk.length)) {
      // Inside of this event it makes the socket's buffer full, so that Node stops reading at once.
      this.#socket.pause();
      this.#socket.unshift(chunk);
      return;
    }
    this.reads++;
    this.#listener.read(this, this.#framer.pushInParts(chunk));
    if (this.#framer.capacity !== this.#capacity) this.#tellCapacity();
    if (this.#cut) this.#cutIfReached();
  }

  #tellCapacity(): void {
    const before = this.#capacity;
    this.#capacity = this.#isConcluded ? 0 : this.#framer.capacity;
    this.#listener.grew(this.#capacity - before);
  }

  #cutIfReached(): void {
    if (this.bytesRead < this.#cut!.at || this.waitingBytes > 0 || this.#socket.destroyed) return;
    this.#cut!.onCut();
    this.#socket.destroy();
  }

  #end(): void {
    if (this.#isFinishing || this.#framer.pendingBytes === 0) {
      this.#conclude(!this.#isFinishing);
      return;
    }
    this.#socket.write('', (error) => this.#conclude(errorCode(error) !== 'ECONNRESET'));
  }

  #conclude(clean: boolean): void {
    if (this.#isConcluded) return;
    this.#isConcluded = true;
    if (clean) {
      const lines = this.#framer.end();
      if (lines) {
        this.#listener.unterminated();
        this.#listener.read(this, [lines]);
      }
    } else {
      const bytes = this.#framer.discard();
      if (bytes > 0) this.#listener.fragment(bytes);
    }
    this.#tellCapacity();
    // Both ends are half open until we end ours.
    if (!this.#socket.destroyed) this.#socket.end();
  }
}
