import type { ApiKey, IdentityStore } from '@runyard/domain';
import { defineScripts, loadScript, type RedisConnection, runScript } from '@runyard/redis';
import { pageById } from './page-by-id.ts';

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
  readonly changed: () => Promise<void>;
}

/** API keys in Redis. Noting a use never writes a key, so it cannot bring a deleted one back. */
export function createApiKeyRecords({ connection, apiKeys, changed }: ApiKeyRecordsOptions): ApiKeyRecords {
  defineScripts(connection, [TOUCH_API_KEY]);
  const ids = `${apiKeys}:ids`;
  const uses = `${apiKeys}:uses`;
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
      await Promise.all([
        connection.hset(ids, key.id, key.hash),
        connection.hset(uses, key.id, lastUsedAtMs ?? NEVER_USED),
        connection.hset(apiKeys, key.hash, JSON.stringify(key)),
      ]);
      await changed();
    },
    async listApiKeys(cursor, limit) {
      const [stored, used] = await Promise.all([connection.hvals(apiKeys), connection.hgetall(uses)]);
      const keys = stored.map(decodeKey).map((key) => withUse(key, used[key.id]));
      return pageById(keys, (key) => key.id, cursor, limit);
    },
    async deleteApiKey(id) {
      const hash = await connection.hget(ids, id);
      if (hash === null) return false;
      // The key itself first: from then on nobody gets in with it.
      await connection.hdel(apiKeys, hash);
      await Promise.all([connection.hdel(ids, id), connection.hdel(uses, id)]);
      await changed();
      return true;
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
