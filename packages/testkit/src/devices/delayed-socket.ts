import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/**
 * A connection whose incoming bytes arrive later, so that each question and its answer take that much longer:
 * a round trip of `latencyMs`.
 */
export class DelayedSocket extends Duplex {
  readonly remoteAddress: string | undefined;
  readonly remoteFamily: string | undefined;
  readonly remotePort: number | undefined;
  readonly #socket: Socket;
  readonly #latencyMs: number;
  readonly #queue: { readonly atMs: number; readonly chunk: Buffer | null }[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(socket: Socket, latencyMs: number) {
    super({ allowHalfOpen: true });
    this.#socket = socket;
    this.#latencyMs = latencyMs;
    this.remoteAddress = socket.remoteAddress;
    this.remoteFamily = socket.remoteFamily;
    this.remotePort = socket.remotePort;
    socket.on('data', (chunk) => this.#delay(chunk));
    socket.on('end', () => this.#delay(null));
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => this.destroy());
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#socket.writable) this.#socket.write(chunk, done);
    else done();
  }

  override _final(done: () => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.#timer);
    this.#socket.destroy();
    done(error);
  }

  #delay(chunk: Buffer | null): void {
    this.#queue.push({ atMs: performance.now() + this.#latencyMs, chunk });
    if (this.#queue.length === 1) this.#deliver();
  }

  #deliver(): void {
    while (this.#queue[0] && this.#queue[0].atMs <= performance.now()) {
      if (!this.push(this.#queue.shift()?.chunk ?? null)) this.#socket.pause();
    }
    // One millisecond more than asked for: a timer may fire early by less than that.
    const next = this.#queue[0];
    if (next) this.#timer = setTimeout(() => this.#deliver(), next.atMs - performance.now() + 1);
  }
}
