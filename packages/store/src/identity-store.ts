import type { ApiKey, IdentityStore, Page, User } from '@runyard/domain';
import { defineScripts, loadScript, type RedisConnection, runScript } from '@runyard/redis';
import type { Keys } from './keys.ts';
import { known } from './store-errors.ts';

const PUT_USER = loadScript(new URL('./lua/put-user-2.lua', import.meta.url));
const TOUCH_API_KEY = loadScript(new URL('./lua/touch-api-key-1.lua', import.meta.url));
const NEVER_USED = '0';

/**
 * Users and API keys in Redis. Users: a hash by name, each `<version> <JSON>`. Keys: a hash by their hash, a hash from
 * id to hash, and a hash of last uses by id, so that noting a use never writes a key.
 * The collections hold thousands at most; pages are cut in memory.
 */
export async function createIdentityStore(
  connection: RedisConnection,
  subscriber: RedisConnection,
  keys: Keys,
): Promise<IdentityStore> {
  defineScripts(connection, [PUT_USER, TOUCH_API_KEY]);
  const listeners = new Set<() => void>();
  const changes = `${keys.identityRevision}:changed`;
  const uses = `${keys.apiKeys}:uses`;
  const ids = `${keys.apiKeys}:ids`;
  subscriber.on('message', (channel: string) => {
    if (channel === changes) for (const listener of listeners) listener();
  });
  await subscriber.subscribe(changes);

  const changed = async (): Promise<void> => {
    await connection.publish(changes, String(await connection.incr(keys.identityRevision)));
  };
  const withUse = (key: Omit<ApiKey, 'lastUsedAtMs'>, use: string | null | undefined): ApiKey => ({
    ...key,
    lastUsedAtMs: use && use !== NEVER_USED ? Number(use) : null,
  });

  const store: IdentityStore = {
    async getUser(name) {
      const stored = await connection.hget(keys.users, name);
      return stored === null ? null : decodeUser(stored);
    },
    async putUser(user) {
      const args = [user.name, user.version, JSON.stringify(user), changes];
      return (await runScript<number>(connection, PUT_USER, [keys.users, keys.identityRevision], args)) === 1;
    },
    async listUsers(cursor, limit) {
      const users = (await connection.hvals(keys.users)).map(decodeUser);
      return pageOf(users, (user) => user.name, cursor, limit);
    },
    async deleteUser(name) {
      const deleted = (await connection.hdel(keys.users, name)) === 1;
      if (deleted) await changed();
      return deleted;
    },
    async getApiKey(hash) {
      const stored = await connection.hget(keys.apiKeys, hash);
      if (stored === null) return null;
      const key = JSON.parse(stored) as ApiKey;
      return withUse(key, await connection.hget(uses, key.id));
    },
    async putApiKey({ lastUsedAtMs, ...key }) {
      await Promise.all([
        connection.hset(ids, key.id, key.hash),
        connection.hset(uses, key.id, lastUsedAtMs ?? NEVER_USED),
        connection.hset(keys.apiKeys, key.hash, JSON.stringify(key)),
      ]);
      await changed();
    },
    async listApiKeys(cursor, limit) {
      const [stored, used] = await Promise.all([connection.hvals(keys.apiKeys), connection.hgetall(uses)]);
      const all = stored.map((text) => JSON.parse(text) as ApiKey).map((key) => withUse(key, used[key.id]));
      return pageOf(all, (key) => key.id, cursor, limit);
    },
    async deleteApiKey(id) {
      const hash = await connection.hget(ids, id);
      if (hash === null) return false;
      // The key itself first: from then on nobody gets in with it.
      await connection.hdel(keys.apiKeys, hash);
      await Promise.all([connection.hdel(ids, id), connection.hdel(uses, id)]);
      await changed();
      return true;
    },
    async touchApiKey(id, atMs) {
      await runScript(connection, TOUCH_API_KEY, [uses], [id, atMs]);
    },
    async revision() {
      return Number((await connection.get(keys.identityRevision)) ?? 0);
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  return {
    ...store,
    getUser: (name) => known(store.getUser(name)),
    putUser: (user) => known(store.putUser(user)),
    getApiKey: (hash) => known(store.getApiKey(hash)),
    revision: () => known(store.revision()),
  };
}

function decodeUser(stored: string): User {
  return JSON.parse(stored.slice(stored.indexOf(' ') + 1)) as User;
}

function pageOf<Item>(items: Item[], idOf: (item: Item) => string, cursor: string | null, limit: number): Page<Item> {
  const sorted = items.sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
  const rest = cursor === null ? sorted : sorted.filter((item) => idOf(item) > cursor);
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  return { items: page, cursor: last !== undefined && rest.length > limit ? idOf(last) : null };
}
