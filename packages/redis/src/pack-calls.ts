/** One call of a script: its number in the batch script, keys, arguments. */
export interface PackedCall {
  readonly body: number;
  readonly keys: readonly (string | Buffer)[];
  readonly args: readonly (string | Buffer)[];
}

const SCRATCH_BYTES = 65_536;
/** Up to here writing letter by letter is quicker than a call of the encoder. */
const SHORT_CHARS = 48;
/** Bytes of one character at most. */
const CHAR_BYTES_MAX = 3;
const HEAD_BYTES = 5;

let scratch = Buffer.allocUnsafe(SCRATCH_BYTES);
let at = 0;

/**
 * Calls as MessagePack, `[[body, [key …], [argument …]] …]`, which Redis unpacks quicker than it reads as many
 * arguments. Texts and bytes are both written as strings, as Lua has them.
 */
export function packCalls(calls: readonly PackedCall[]): Buffer {
  at = 0;
  makeRoom(HEAD_BYTES);
  writeLength(calls.length);
  for (const { body, keys, args } of calls) {
    makeRoom(4 * HEAD_BYTES);
    writeLength(3);
    scratch[at++] = body;
    writeLength(keys.length);
    for (const key of keys) writeValue(key);
    makeRoom(HEAD_BYTES);
    writeLength(args.length);
    for (const arg of args) writeValue(arg);
  }
  const packed = Buffer.from(scratch.subarray(0, at));
  if (scratch.length > SCRATCH_BYTES) scratch = Buffer.allocUnsafe(SCRATCH_BYTES);
  return packed;
}

function makeRoom(bytes: number): void {
  if (at + bytes <= scratch.length) return;
  const larger = Buffer.allocUnsafe(Math.max(scratch.length * 2, at + bytes));
  scratch.copy(larger, 0, 0, at);
  scratch = larger;
}

/** Head of a list. */
function writeLength(length: number): void {
  if (length < 16) {
    scratch[at++] = 0x90 | length;
    return;
  }
  scratch[at++] = 0xdd;
  at = scratch.writeUInt32BE(length, at);
}

function writeValue(value: string | Buffer): void {
  if (typeof value !== 'string') {
    makeRoom(HEAD_BYTES + value.length);
    writeHead(value.length, at);
    at += HEAD_BYTES + value.copy(scratch, at + HEAD_BYTES);
    return;
  }
  makeRoom(HEAD_BYTES + value.length * CHAR_BYTES_MAX);
  if (value.length <= SHORT_CHARS && writeAscii(value)) return;
  const bytes = scratch.write(value, at + HEAD_BYTES, 'utf8');
  writeHead(bytes, at);
  at += HEAD_BYTES + bytes;
}

function writeHead(bytes: number, position: number): void {
  scratch[position] = 0xdb;
  scratch.writeUInt32BE(bytes, position + 1);
}

/** False when it is not ASCII; nothing is written then. */
function writeAscii(text: string): boolean {
  const { length } = text;
  let to = at;
  if (length < 32) scratch[to++] = 0xa0 | length;
  else {
    scratch[to++] = 0xda;
    scratch[to++] = 0;
    scratch[to++] = length;
  }
  for (let index = 0; index < length; index += 1) {
    const code = text.charCodeAt(index);
    if (code > 0x7f) return false;
    scratch[to++] = code;
  }
  at = to;
  return true;
}
