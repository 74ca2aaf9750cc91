import { join } from 'node:path';
import type { Environment } from '@runyard/config';
import type { Login } from '@runyard/client';
import { CliError } from '../cli-error.ts';
import { findLoginFile, isSameOrigin, type LoginFile, readLoginFile } from './login-file.ts';

/** The global options that say where the gateway is and who calls. */
export interface ConnectionOptions {
  readonly url?: string;
  readonly user?: string;
  readonly password?: string;
  readonly apiKey?: string;
  /** Data folder of one `up`. */
  readonly data?: string;
}

export interface Connection {
  readonly url: string;
  readonly login: Login | undefined;
  /** The login file that was used, which knows the Redis too. */
  readonly file: LoginFile | undefined;
}

const DEFAULT_URL = 'http://127.0.0.1:3000';

/**
 * Where to call and as whom: options, then variables, then the login file of `up`. The login of a file goes only to
 * the address that stands in it.
 */
export function findConnection(options: ConnectionOptions, env: Environment, projectRoot: string): Connection {
  const given = options.url ?? (env['RUNYARD_URL'] || undefined);
  const file = options.data ? readLoginFile(options.data) : findLoginFile(join(projectRoot, '.runyard'), given);
  const url = given ?? file?.url ?? DEFAULT_URL;
  const fitting = file && isSameOrigin(file.url, url) ? file : undefined;
  return { url, login: ownLogin(options, env) ?? loginOf(fitting), file: fitting };
}

function ownLogin(options: ConnectionOptions, env: Environment): Login | undefined {
  const { user, password } = options;
  if (user !== undefined || password !== undefined) {
    const secret = password ?? env['RUNYARD_PASSWORD'];
    if (!secret) throw new CliError('--user needs --password or RUNYARD_PASSWORD.');
    return { username: user ?? env['RUNYARD_USERNAME'] ?? 'admin', password: secret };
  }
  const apiKey = options.apiKey ?? env['RUNYARD_API_KEY'];
  if (apiKey) return { apiKey };
  const fromEnv = env['RUNYARD_PASSWORD'];
  return fromEnv ? { username: env['RUNYARD_USERNAME'] || 'admin', password: fromEnv } : undefined;
}

function loginOf(file: LoginFile | undefined): Login | undefined {
  return file && { username: file.username, password: file.password };
}
