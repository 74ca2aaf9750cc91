import { StringDecoder } from 'node:string_decoder';
import { type Mask, NO_MASK } from './mask.ts';

const START_BYTES = 4 * 1024;
const LINE_CHARS_MAX = 8 * 1024;

/** Collects the bytes of one stream up to a limit and throws the rest away. */
export interface Output {
  add(chunk: Uint8Array): void;
  /** As UTF-8, where each invalid byte became U+FFFD; with a mark at the end when it was cut. */
  text(hide?: Mask): string;
  readonly isCut: boolean;
}

/** One growing buffer: a program that writes single bytes costs no more than one that writes blocks. */
export function createOutput(bytesMax: number): Output {
  let buffer = Buffer.alloc(0);
  let length = 0;
  let isCut = false;
  return {
    add(chunk) {
      if (isCut) return;
      const room = bytesMax - length;
      isCut = chunk.byteLength > room;
      const kept = isCut ? chunk.subarray(0, room) : chunk;
      if (length + kept.byteLength > buffer.byteLength) {
        const grown = Buffer.alloc(
          Math.min(bytesMax, Math.max(START_BYTES, buffer.byteLength * 2, length + kept.byteLength)),
        );
        buffer.copy(grown, 0, 0, length);
        buffer = grown;
      }
      buffer.set(kept, length);
      length += kept.byteLength;
    },
    text(hide = NO_MASK) {
      // Streaming leaves out a character that the cut went through.
      const decoded = new TextDecoder('utf-8', { ignoreBOM: true }).decode(buffer.subarray(0, length), {
        stream: isCut,
      });
      return isCut ? hide.cutText(decoded) + cutMark(bytesMax) : hide.text(decoded);
    },
    get isCut() {
      return isCut;
    },
  };
}

/** What stands at the end of an output that was cut. */
function cutMark(bytesMax: number): string {
  return `\n[output cut at ${sizeText(bytesMax)}]`;
}

function sizeText(sizeBytes: number): string {
  if (sizeBytes >= 1024 * 1024 && sizeBytes % (1024 * 1024) === 0) return `${sizeBytes / 1024 / 1024} MiB`;
  if (sizeBytes >= 1024 && sizeBytes % 1024 === 0) return `${sizeBytes / 1024} KiB`;
  return `${sizeBytes} bytes`;
}

/** Cuts a stream into lines without their ends. A line is given once it is complete, the last one at `end`. */
export interface Lines {
  add(chunk: Uint8Array): void;
  end(): void;
}

/** Lines longer than 8 KiB are cut, and after `bytesMax` bytes no more are given. */
export function createLines(bytesMax: number, onLine: (line: string) => void, hide = NO_MASK): Lines {
  const decoder = new StringDecoder('utf8');
  let line = '';
  let lineIsCut = false;
  let leftBytes = bytesMax;

  function append(text: string): void {
    if (lineIsCut) return;
    line += text;
    if (line.length <= LINE_CHARS_MAX) return;
    line = line.slice(0, LINE_CHARS_MAX);
    lineIsCut = true;
  }

  function give(isOpen = false): void {
    if (lineIsCut) onLine(`${hide.cutText(line)} [line cut at ${LINE_CHARS_MAX} characters]`);
    else if (isOpen) onLine(hide.cutText(line));
    else onLine(hide.text(line.endsWith('\r') ? line.slice(0, -1) : line));
    line = '';
    lineIsCut = false;
  }

  return {
    add(chunk) {
      if (leftBytes < 0) return;
      const kept = chunk.subarray(0, leftBytes);
      leftBytes -= chunk.byteLength;
      const pieces = decoder.write(Buffer.from(kept.buffer, kept.byteOffset, kept.byteLength)).split('\n');
      for (const [index, piece] of pieces.entries()) {
        if (index > 0) give();
        append(piece);
      }
      if (leftBytes >= 0) return;
      if (line !== '') give(true);
      onLine(cutMark(bytesMax).trimStart());
    },
    end() {
      if (leftBytes < 0) return;
      append(decoder.end());
      if (line !== '') give();
    },
  };
}
