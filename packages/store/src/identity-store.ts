import type { IdentityStore } from '@runyard/domain';
import type { RedisConnection } from '@runyard/redis';
import { createApiKeyRecords } from './api-key-records.ts';
import type { Keys } from './keys.ts';
import { known } from './store-errors.ts';
import { createTokenRecords } from './token-records.ts';
import { createUserRecords } from './user-records.ts';

/** Users and API keys in Redis, with a revision and a channel that tell every gateway of a change. */
export async function createIdentityStore(
  connection: RedisConnection,
  subscriber: RedisConnection,
  keys: Keys,
): Promise<IdentityStore> {
  const listeners = new Set<() => void>();
  const revision = keys.identityRevision;
  const changes = `${revision}:changed`;
  subscriber.on('message', (channel: string) => {
    if (channel === changes) for (const listener of listeners) listener();
  });
  await subscriber.subscribe(changes);
  const parts = { connection, revision, changes };
  const users = createUserRecords({ ...parts, users: keys.users });
  const apiKeys = createApiKeyRecords({ ...parts, apiKeys: keys.apiKeys });
  const tokens = createTokenRecords({ ...parts, tokens: (holder) => keys.tokens(holder) });
  return {
    ...users,
    ...apiKeys,
    ...tokens,
    getUser: (name) => known(users.getUser(name)),
    addUser: (user) => known(users.addUser(user)),
    putUser: (user, onRevision) => known(users.putUser(user, onRevision)),
    deleteUser: (user, onRevision) => known(users.deleteUser(user, onRevision)),
    getApiKey: (hash) => known(apiKeys.getApiKey(hash)),
    findApiKey: (id) => known(apiKeys.findApiKey(id)),
    revision: () => known(connection.get(revision).then((stored) => Number(stored ?? 0))),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
