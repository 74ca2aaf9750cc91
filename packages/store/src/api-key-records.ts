import type { ApiKey, IdentityStore } from '@runyard/domain';
import { defineScripts, loadScript, type RedisConnection, runScript } from '@runyard/redis';
import { pageById } from './page-by-id.ts';

const PUT_API_KEY = loadScript(new URL('./lua/put-api-key-4.lua', import.meta.url));
const DELETE_API_KEY = loadScript(new URL('./lua/delete-api-key-4.lua', import.meta.url));
const TOUCH_API_KEY = loadScript(new URL('./lua/touch-api-key-1.lua', import.meta.url));
const NEVER_USED = '0';

type ApiKeyRecords = Pick<
  IdentityStore,
  'getApiKey' | 'findApiKey' | 'putApiKey' | 'listApiKeys' | 'deleteApiKey' | 'touchApiKey'
>;

export interface ApiKeyRecordsOptions {
  readonly connection: RedisConnection;
  /** Hash by the hash of the key; beside it `:ids`, from id to hash, and `:uses`, the last uses by id. */
  readonly apiKeys: string;
  readonly revision: string;
  readonly changes: string;
}

/** API keys in Redis. Noting a use never writes a key, so it cannot bring a deleted one back. */
export function createApiKeyRecords(options: ApiKeyRecordsOptions): ApiKeyRecords {
  const { connection, apiKeys, revision, changes } = options;
  defineScripts(connection, [PUT_API_KEY, DELETE_API_KEY, TOUCH_API_KEY]);
  const ids = `${apiKeys}:ids`;
  const uses = `${apiKeys}:uses`;
  const all = [apiKeys, ids, uses, revision];
  async function readKey(hash: string): Promise<ApiKey | null> {
    const stored = await connection.hget(apiKeys, hash);
    if (stored === null) return null;
    const key = decodeKey(stored);
    return withUse(key, await connection.hget(uses, key.id));
  }

  return {
    getApiKey: readKey,
    async findApiKey(id) {
      const hash = await connection.hget(ids, id);
      return hash === null ? null : readKey(hash);
    },
    async putApiKey({ lastUsedAtMs, ...key }) {
      const args = [key.id, key.hash, JSON.stringify(key), lastUsedAtMs ?? NEVER_USED, changes];
      await runScript(connection, PUT_API_KEY, all, args);
    },
    async listApiKeys(cursor, limit) {
      const [stored, used] = await Promise.all([connection.hvals(apiKeys), connection.hgetall(uses)]);
      const keys = stored.map(decodeKey).map((key) => withUse(key, used[key.id]));
      return pageById(keys, (key) => key.id, cursor, limit);
    },
    async deleteApiKey(id) {
      return (await runScript<number>(connection, DELETE_API_KEY, all, [id, changes])) === 1;
    },
    async touchApiKey(id, atMs) {
      await runScript(connection, TOUCH_API_KEY, [uses], [id, atMs]);
    },
  };
}

type StoredKey = Omit<ApiKey, 'lastUsedAtMs'>;

/** Before keys had an account each was a service account of its name, with a role of its own. */
function decodeKey(text: string): StoredKey {
  const { role, ...key } = JSON.parse(text) as Omit<StoredKey, 'account'> &
    Partial<Pick<StoredKey, 'account'>> & { readonly role?: string };
  if (key.account) return { ...key, account: key.account };
  const account = { kind: 'service-account', name: key.name } as const;
  return { ...key, account, roles: role === undefined ? [] : [role] };
}

function withUse(key: StoredKey, use: string | null | undefined): ApiKey {
  return { ...key, lastUsedAtMs: use && use !== NEVER_USED ? Number(use) : null };
}
