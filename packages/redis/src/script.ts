import { readFileSync } from 'node:fs';
import type { RedisConnection } from './connection.ts';

/** A Lua script with the name by which Redis connections know it. */
export interface Script {
  readonly name: string;
  /** Null when it takes any number of keys. */
  readonly keys: number | null;
  readonly lua: string;
}

/**
 * Loads `<verb-noun>-<number of keys, or any>.lua`. The prelude, Lua text too, stands before it.
 * Throws when the file is missing or its name does not tell the number of keys.
 */
export function loadScript(file: URL, prelude = ''): Script {
  const match = /([a-z-]+)-(\d+|any)\.lua$/.exec(file.pathname);
  if (!match?.[1] || !match[2]) throw new Error(`${file.pathname} is not named <verb-noun>-<number of keys>.lua`);
  return {
    name: match[1],
    keys: match[2] === 'any' ? null : Number(match[2]),
    lua: `${prelude}\n${readFileSync(file, 'utf8')}`,
  };
}

type Argument = string | number | Buffer;
type Command = (...keysAndArguments: Argument[]) => Promise<unknown>;

const defined = new WeakMap<RedisConnection, Map<string, Command>>();

/** Makes scripts known to a connection. Once, before commands run: a pipeline under way would not know them. */
export function defineScripts(connection: RedisConnection, scripts: readonly Script[]): void {
  const commands = defined.get(connection) ?? new Map<string, Command>();
  defined.set(connection, commands);
  for (const script of scripts) {
    connection.defineCommand(script.name, {
      lua: script.lua,
      ...(script.keys === null ? {} : { numberOfKeys: script.keys }),
    });
    const command = (connection as unknown as Record<string, Command>)[script.name];
    if (!command) throw new Error(`the script ${script.name} could not be defined`);
    commands.set(script.name, command.bind(connection));
  }
}

/** Runs a script that was defined before, by its digest after the first time. The shape of the answer is the script's. */
export async function runScript<Answer>(
  connection: RedisConnection,
  script: Script,
  keys: readonly string[],
  args: readonly Argument[],
): Promise<Answer> {
  const command = defined.get(connection)?.get(script.name);
  if (!command) throw new Error(`the script ${script.name} was not defined on this connection`);
  const count = script.keys === null ? [keys.length] : [];
  return (await command(...count, ...keys, ...args)) as Answer;
}
