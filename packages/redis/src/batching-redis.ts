import { Redis } from 'ioredis';
import { ScriptBatch } from './script-batch.ts';

/** Whatever a caller gives as key or argument; numbers become text, nothing becomes the empty text. */
type Argument = string | number | Buffer | null | undefined;
type ScriptCommand = (...args: (Argument | readonly Argument[])[]) => Promise<unknown>;
type Definition = Parameters<Redis['defineCommand']>[1];

const BATCH_COMMAND = 'run-batch';

/**
 * A connection that sends several calls of Lua scripts in one turn of the event loop as one command: that halves what
 * they cost this process, and Redis reads and answers once. Only for scripts that were named by `batchScripts`, and
 * only where all keys are on one server. Everything is carried out in the order in which it was given.
 */
export class BatchingRedis extends Redis {
  private readonly batch = new ScriptBatch((lua, packed) => this.sendBatch(lua, packed));
  private isBatched: (name: string) => boolean = () => false;
  private batchLua = '';
  private isTurnEndDue = false;
  /** What holds back what is written to it until the end of the turn. */
  private held: Redis['stream'] | null = null;

  /** Chooses the scripts that may share a command, by the names under which they are defined after this call. */
  batchScripts(isBatched: (name: string) => boolean): void {
    const before = this.isBatched;
    this.isBatched = (name) => before(name) || isBatched(name);
  }

  override defineCommand(name: string, definition: Definition): void {
    super.defineCommand(name, definition);
    if (!this.isBatched(name) || definition.lua.startsWith('#!')) return;
    const commands = this as unknown as Record<string, ScriptCommand>;
    const alone = commands[name];
    if (!alone) throw new Error(`the script ${name} could not be defined`);
    const body = this.batch.define(definition.lua);
    const { numberOfKeys } = definition;
    commands[name] = (...given) => {
      const values = given.flat() as Argument[];
      const keyCount = numberOfKeys ?? Number(values.shift());
      const texts = values.map(asValue);
      this.endTurnSoon();
      return this.batch.call(body, texts.slice(0, keyCount), texts.slice(keyCount), () => alone.apply(this, given));
    };
  }

  /** What was given before goes out before. All commands of a turn are written at once. */
  override sendCommand(...args: Parameters<Redis['sendCommand']>): unknown {
    if (!this.batch.isEmpty) this.batch.flush();
    if (this.held === null && this.status === 'ready') {
      this.held = this.stream;
      this.held.cork();
      this.endTurnSoon();
    }
    return super.sendCommand(...args);
  }

  /** After all that came in in this turn was read: what it caused goes out together. */
  private endTurnSoon(): void {
    if (this.isTurnEndDue) return;
    this.isTurnEndDue = true;
    setImmediate(() => {
      this.batch.flush();
      this.isTurnEndDue = false;
      this.held?.uncork();
      this.held = null;
    });
  }

  private sendBatch(lua: string, packed: Buffer): Promise<unknown> {
    const commands = this as unknown as Record<string, ScriptCommand>;
    if (lua !== this.batchLua) {
      super.defineCommand(BATCH_COMMAND, { lua, numberOfKeys: 0 });
      this.batchLua = lua;
    }
    const send = commands[BATCH_COMMAND];
    if (!send) throw new Error('the batch script could not be defined');
    return send.call(this, packed);
  }
}

function asValue(value: Argument): string | Buffer {
  if (typeof value === 'string' || value instanceof Uint8Array) return value;
  return value === null || value === undefined ? '' : String(value);
}
