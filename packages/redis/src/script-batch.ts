import { ReplyError } from 'ioredis';
import { type PackedCall, packCalls } from './pack-calls.ts';

/** Calls in one batch, and about how many bytes: so that no other client waits for long. */
const CALLS_MAX = 32;
const BYTES_MAX = 32_768;
/** What an argument costs Redis besides its bytes. */
const ARGUMENT_BYTES = 32;
/** A call with more of them is packed also when it is the only one: Redis unpacks them quicker than it reads them. */
const ARGUMENTS_ALONE_MAX = 40;

type Value = string | Buffer;

interface WaitingCall extends PackedCall {
  /** Sends this call by itself. */
  readonly alone: () => Promise<unknown>;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Sends packed calls to the batch script with this text. */
export type SendBatch = (lua: string, packed: Buffer) => Promise<unknown>;

/**
 * Collects calls of Lua scripts and sends several as one. Redis carries them out in the order in which they were given,
 * each as if it were alone: it has its own KEYS and ARGV, and an error in one is the error of that one.
 * Owns the calls that are not sent yet; `flush` sends them.
 */
export class ScriptBatch {
  private readonly send: SendBatch;
  private readonly bodies: string[] = [];
  private lua: string | null = null;
  private waiting: WaitingCall[] = [];
  private waitingBytes = 0;

  constructor(send: SendBatch) {
    this.send = send;
  }

  /** Adds a script. Gives its number. */
  define(lua: string): number {
    this.lua = null;
    return this.bodies.push(lua);
  }

  get isEmpty(): boolean {
    return this.waiting.length === 0;
  }

  call(body: number, keys: readonly Value[], args: readonly Value[], alone: () => Promise<unknown>): Promise<unknown> {
    const bytes = sizeOf(keys) + sizeOf(args);
    if (this.waiting.length >= CALLS_MAX || this.waitingBytes + bytes > BYTES_MAX) this.flush();
    this.waitingBytes += bytes;
    return new Promise((resolve, reject) => this.waiting.push({ body, keys, args, alone, resolve, reject }));
  }

  flush(): void {
    const calls = this.waiting;
    const [first] = calls;
    if (!first) return;
    this.waiting = [];
    this.waitingBytes = 0;
    if (calls.length === 1 && first.args.length <= ARGUMENTS_ALONE_MAX) {
      first.alone().then(first.resolve, first.reject);
      return;
    }
    this.lua ??= batchScript(this.bodies);
    this.send(this.lua, packCalls(calls)).then(
      (answers) => settle(calls, answers as unknown[]),
      (error: unknown) => {
        for (const call of calls) call.reject(error);
      },
    );
  }
}

function sizeOf(values: readonly Value[]): number {
  let bytes = values.length * ARGUMENT_BYTES;
  for (const { length } of values) bytes += length;
  return bytes;
}

/** Two values for each call: 1 and its answer, or 0 and the message of its error. */
function settle(calls: readonly WaitingCall[], answers: readonly unknown[]): void {
  for (const [index, { resolve, reject }] of calls.entries()) {
    const answer = answers[index * 2 + 1];
    if (answers[index * 2] === 1) resolve(answer);
    else reject(new ReplyError(String(answer)));
  }
}

/**
 * Each script is the body of a function whose parameters hide the global KEYS and ARGV. A server that takes no writes
 * answers for the whole batch, because the connection looks for another server only when an answer itself is the error.
 */
function batchScript(bodies: readonly string[]): string {
  return `local bodies = {
${bodies.map((body) => `function(KEYS, ARGV)\n${body}\nend`).join(',\n')}
}
local answers = {}
for i, call in ipairs(cmsgpack.unpack(ARGV[1])) do
  local ok, answer = pcall(bodies[call[1]], call[2], call[3])
  local is_table = type(answer) == 'table'
  if is_table and answer.err then ok, answer = false, answer.err end
  if not ok then
    answer = tostring(answer)
    if string.find(answer, 'READONLY', 1, true) then return redis.error_reply('READONLY ' .. answer) end
  end
  -- A nil would end the list.
  if answer == nil then answer = false end
  answers[i * 2 - 1], answers[i * 2] = ok and 1 or 0, answer
end
return answers
`;
}
