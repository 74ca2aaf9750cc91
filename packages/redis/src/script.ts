import { readFileSync } from 'node:fs';
import { BatchingRedis } from './batching-redis.ts';
import { isCluster, type RedisConnection } from './connection.ts';

/** A Lua script with the name by which Redis connections know it. */
export interface Script {
  readonly name: string;
  /** Null when it takes any number of keys. */
  readonly keys: number | null;
  readonly lua: string;
  /** Calls made in one turn of the event loop may share a command. */
  readonly isBatched: boolean;
}

/**
 * Loads `<verb-noun>-<number of keys, or any>.lua`. The prelude, Lua text too, stands before it.
 * With `batch` several calls of it, and of other such scripts, may go to Redis as one command, which is cheaper.
 * Throws when the file is missing or its name does not tell the number of keys.
 */
export function loadScript(file: URL, prelude = '', { batch = false }: { readonly batch?: boolean } = {}): Script {
  const match = /([a-z-]+)-(\d+|any)\.lua$/.exec(file.pathname);
  if (!match?.[1] || !match[2]) throw new Error(`${file.pathname} is not named <verb-noun>-<number of keys>.lua`);
  return {
    name: match[1],
    keys: match[2] === 'any' ? null : Number(match[2]),
    lua: `${prelude}\n${readFileSync(file, 'utf8')}`,
    isBatched: batch,
  };
}

type Argument = string | number | Buffer;
type Command = (...keysAndArguments: Argument[]) => Promise<unknown>;

const defined = new WeakMap<RedisConnection, Map<string, Command>>();
/** Keys of one call in a Cluster of a script that takes any number of them. */
const CLUSTER_KEYS_MAX = 24;

/** Makes scripts known to a connection. Once, before commands run: a pipeline under way would not know them. */
export function defineScripts(connection: RedisConnection, scripts: readonly Script[]): void {
  const commands = defined.get(connection) ?? new Map<string, Command>();
  defined.set(connection, commands);
  const batched = new Set(
    scripts.filter(({ isBatched }) => isBatched).map(({ name, keys }) => commandName(name, keys)),
  );
  batchScripts(connection, (name) => batched.has(name));
  for (const { name, keys, lua } of scripts) {
    for (const count of keyCounts(connection, keys)) {
      const known = commandName(name, count);
      connection.defineCommand(known, { lua, ...(count === null ? {} : { numberOfKeys: count }) });
      const command = (connection as unknown as Record<string, Command>)[known];
      if (!command) throw new Error(`the script ${name} could not be defined`);
      commands.set(known, command.bind(connection));
    }
  }
}

/**
 * Lets scripts share commands that are defined on the connection later under such names. Where keys lie on several
 * servers nothing is shared.
 */
export function batchScripts(connection: RedisConnection, isBatched: (name: string) => boolean): void {
  if (connection instanceof BatchingRedis) connection.batchScripts(isBatched);
}

/**
 * In a Cluster the first argument of a command tells to which server it goes. It must be a key and not the number of
 * keys, so a script that takes any number of keys is one command for each number there.
 */
function keyCounts(connection: RedisConnection, keys: number | null): readonly (number | null)[] {
  if (keys !== null || !isCluster(connection)) return [keys];
  return Array.from({ length: CLUSTER_KEYS_MAX }, (_, index) => index + 1);
}

function commandName(name: string, keys: number | null): string {
  return keys === null ? name : `${name}-${keys}`;
}

/** Runs a script that was defined before, by its digest after the first time. The shape of the answer is the script's. */
export async function runScript<Answer>(
  connection: RedisConnection,
  script: Script,
  keys: readonly string[],
  args: readonly Argument[],
): Promise<Answer> {
  const counted = script.keys === null && !isCluster(connection);
  const command = defined.get(connection)?.get(commandName(script.name, counted ? null : keys.length));
  if (!command) throw new Error(`the script ${script.name} was not defined on this connection`);
  return (await command(...(counted ? [keys.length] : []), ...keys, ...args)) as Answer;
}
