import type {
  ApiKeyAnswer,
  AuditEntryAnswer,
  CreatedApiKeyAnswer,
  NewApiKeyRequest,
  NewUserRequest,
  UserAnswer,
  UserChangeRequest,
} from '@runyard/contracts';
import { itemsOfPages } from './pages.ts';
import type { Call } from './transport.ts';

export interface UsersClient {
  /** Every user, page by page, by name. */
  list(): AsyncGenerator<UserAnswer>;
  create(user: NewUserRequest): Promise<UserAnswer>;
  /** Changes what is given; gives the user as it is then. */
  change(name: string, change: UserChangeRequest): Promise<UserAnswer>;
  delete(name: string): Promise<void>;
}

export interface ApiKeysClient {
  /** Every API key, page by page, without the keys themselves. */
  list(): AsyncGenerator<ApiKeyAnswer>;
  /** Makes a key of a user or a service account. Its `token` is in this answer and never again. */
  create(key: NewApiKeyRequest): Promise<CreatedApiKeyAnswer>;
  /** The key works nowhere any more. */
  revoke(id: string): Promise<void>;
}

export interface AuditQuery {
  readonly actor?: string;
  readonly principal?: string;
  readonly action?: string;
  readonly subject?: string;
  readonly decision?: 'allowed' | 'denied';
  /** Only what was done then or later: a time such as 2026-11-21T00:00:00Z. */
  readonly since?: string;
}

export interface AuditClient {
  /** Who did what, page by page, newest first. */
  list(query?: AuditQuery): AsyncGenerator<AuditEntryAnswer>;
}

type Body = <Answer>(call: Call) => Promise<Answer>;

const PAGE_LIMIT = 500;

export function createUsersClient(body: Body): UsersClient {
  const pathOf = (name: string): string => `/v1/users/${encodeURIComponent(name)}`;
  return {
    list: () => itemsOfPages((cursor) => body({ path: '/v1/users', query: { limit: PAGE_LIMIT, cursor } })),
    create: (user) => body({ method: 'POST', path: '/v1/users', body: user }),
    change: (name, change) => body({ method: 'PUT', path: pathOf(name), body: change }),
    delete: async (name) => {
      await body({ method: 'DELETE', path: pathOf(name) });
    },
  };
}

export function createApiKeysClient(body: Body): ApiKeysClient {
  return {
    list: () => itemsOfPages((cursor) => body({ path: '/v1/api-keys', query: { limit: PAGE_LIMIT, cursor } })),
    create: (key) => body({ method: 'POST', path: '/v1/api-keys', body: key }),
    revoke: async (id) => {
      await body({ method: 'DELETE', path: `/v1/api-keys/${encodeURIComponent(id)}` });
    },
  };
}

export function createAuditClient(body: Body): AuditClient {
  return {
    list: (query = {}) =>
      itemsOfPages((cursor) => body({ path: '/v1/audit', query: { limit: PAGE_LIMIT, ...query, cursor } })),
  };
}
