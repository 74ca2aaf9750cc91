import { createClient, type Fetch, type Login, type RunyardClient } from '@runyard/client';
import type { Environment } from '@runyard/config';
import type { PasswordSource } from './input/read-password.ts';
import type { Terminal } from './output/terminal.ts';
import { type Connection, type ConnectionOptions, findConnection } from './login/connection.ts';

/** What every command works with. */
export interface CommandContext {
  readonly env: Environment;
  readonly terminal: Terminal;
  /** The folder of the project, where `up` keeps its data. */
  readonly projectRoot: string;
  /** Relative paths of arguments begin here. */
  readonly cwd: string;
  readonly fetch?: Fetch;
  /** Where passwords, and catalogs that are named `-`, are read from; the standard input when absent. */
  readonly input?: PasswordSource;
}

/** Options that every command knows. */
export interface GlobalOptions extends ConnectionOptions {
  readonly json?: boolean;
}

export interface Connected {
  readonly client: RunyardClient;
  readonly connection: Connection;
}

/** A client for the gateway that options, variables or the login file of `up` name. */
export function connect(context: CommandContext, options: GlobalOptions): Connected {
  const connection = findConnection(options, context.env, context.projectRoot);
  return { client: clientFor(connection.url, connection.login, context.fetch), connection };
}

export function clientFor(url: string, login: Login | undefined, fetch: Fetch | undefined): RunyardClient {
  return createClient({ url, ...login, ...(fetch ? { fetch } : {}) });
}

/** Machine output: one JSON document, or one a line when it is called several times. */
export function printJson({ terminal }: CommandContext, value: unknown): void {
  terminal.out(JSON.stringify(value));
}
