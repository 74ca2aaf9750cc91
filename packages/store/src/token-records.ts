import type { IdentityStore, LoginToken } from '@runyard/domain';
import { defineScripts, loadScript, type RedisConnection, runScript } from '@runyard/redis';
import { known } from './store-errors.ts';

const PUT_TOKEN = loadScript(new URL('./lua/put-token-1.lua', import.meta.url));
const DELETE_TOKEN = loadScript(new URL('./lua/delete-token-2.lua', import.meta.url));

type TokenRecords = Pick<IdentityStore, 'putToken' | 'getToken' | 'deleteToken'>;

export interface TokenRecordsOptions {
  readonly connection: RedisConnection;
  /** Hash of one holder by the hash of the token, each `<end in ms> <JSON>`. It ends with its last token. */
  readonly tokens: (holder: string) => string;
  readonly revision: string;
  readonly changes: string;
}

/** Login tokens in Redis. A new one is no change that others must hear of; one that was revoked is. */
export function createTokenRecords({ connection, tokens, revision, changes }: TokenRecordsOptions): TokenRecords {
  defineScripts(connection, [PUT_TOKEN, DELETE_TOKEN]);
  return {
    async putToken(token, max, nowMs) {
      const args = [token.hash, token.expiresAtMs, JSON.stringify(token), max, nowMs];
      await known(runScript(connection, PUT_TOKEN, [tokens(token.holder)], args));
    },
    async getToken(holder, hash) {
      const stored = await known(connection.hget(tokens(holder), hash));
      return stored === null ? null : (JSON.parse(stored.slice(stored.indexOf(' ') + 1)) as LoginToken);
    },
    async deleteToken(holder, hash) {
      const keys = [tokens(holder), revision];
      return (await known(runScript<number>(connection, DELETE_TOKEN, keys, [hash, changes]))) === 1;
    },
  };
}
