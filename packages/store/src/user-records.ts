import type { IdentityStore, User } from '@runyard/domain';
import { defineScripts, loadScript, type RedisConnection, runScript } from '@runyard/redis';
import { pageById } from './page-by-id.ts';

const ADD_USER = loadScript(new URL('./lua/add-user-2.lua', import.meta.url));
const PUT_USER = loadScript(new URL('./lua/put-user-2.lua', import.meta.url));
const DELETE_USER = loadScript(new URL('./lua/delete-user-2.lua', import.meta.url));
const ANY_REVISION = '';

type UserRecords = Pick<IdentityStore, 'getUser' | 'addUser' | 'putUser' | 'listUsers' | 'deleteUser'>;

export interface UserRecordsOptions {
  readonly connection: RedisConnection;
  /** Hash by name, each `<version> <JSON>`. */
  readonly users: string;
  readonly revision: string;
  readonly changes: string;
}

/** Users in Redis. There are thousands at most; pages are cut in memory. */
export function createUserRecords({ connection, users, revision, changes }: UserRecordsOptions): UserRecords {
  defineScripts(connection, [ADD_USER, PUT_USER, DELETE_USER]);
  return {
    async getUser(name) {
      const stored = await connection.hget(users, name);
      return stored === null ? null : decodeUser(stored);
    },
    async addUser(user) {
      const args = [user.name, user.version, JSON.stringify(user), changes];
      return runScript<string | null>(connection, ADD_USER, [users, revision], args);
    },
    async putUser(user, onRevision) {
      const args = [user.name, user.version, JSON.stringify(user), changes, onRevision ?? ANY_REVISION];
      return (await runScript<number>(connection, PUT_USER, [users, revision], args)) === 1;
    },
    async listUsers(cursor, limit) {
      return pageById((await connection.hvals(users)).map(decodeUser), (user) => user.name, cursor, limit);
    },
    async deleteUser({ name, version }, onRevision) {
      const args = [name, version, changes, onRevision ?? ANY_REVISION];
      return (await runScript<number>(connection, DELETE_USER, [users, revision], args)) === 1;
    },
  };
}

/** Before users had several roles each had one. */
function decodeUser(stored: string): User {
  const { role, ...user } = JSON.parse(stored.slice(stored.indexOf(' ') + 1)) as User & { readonly role?: string };
  return role === undefined ? user : { ...user, roles: [role] };
}
