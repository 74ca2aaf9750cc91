import { deviceError } from '@runyard/domain';

/** A command that says more than this is ended: nobody waits for what is thrown away anyway. */
const DISCARDED_BYTES_MAX = 64 * 1_048_576;

/** Stands at the end of an output that was cut. */
export function cutMark(bytesMax: number): string {
  return `\n[output cut: larger than ${bytesMax} bytes]`;
}

/** Keeps the beginning of an output and counts the rest. */
export class OutputBuffer {
  readonly #bytesMax: number;
  readonly #chunks: Buffer[] = [];
  #kept = 0;
  #total = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get totalBytes(): number {
    return this.#total;
  }

  get isCut(): boolean {
    return this.#total > this.#kept;
  }

  /** Throws OUTPUT_TOO_LARGE when the output does not end. */
  add(chunk: Buffer): void {
    this.#total += chunk.length;
    if (this.#total > DISCARDED_BYTES_MAX) {
      throw deviceError('OUTPUT_TOO_LARGE', `The output is larger than ${DISCARDED_BYTES_MAX / 1_048_576} MiB`);
    }
    const room = this.#bytesMax - this.#kept;
    if (room <= 0) return;
    const part = chunk.length <= room ? chunk : chunk.subarray(0, room);
    this.#chunks.push(part);
    this.#kept += part.length;
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }
}
