import type {
  CatalogAppliedAnswer,
  CatalogApplyRequest,
  CatalogImportedAnswer,
  CatalogImportOptions,
  LockAnswer,
  MeAnswer,
  PageAnswer,
  SecretsRotatedAnswer,
  VersionedAnswer,
  WorkerAnswer,
} from '@runyard/contracts';
import type { CatalogKind } from '@runyard/domain';
import {
  type ApiKeysClient,
  type AuditClient,
  createApiKeysClient,
  createAuditClient,
  createUsersClient,
  type UsersClient,
} from './accounts.ts';
import { itemsOfPages } from './pages.ts';
import { createRunsClient, type RunsClient } from './runs.ts';
import { type Call, createTransport, type Fetch, type Login, type Transport } from './transport.ts';

export type ClientOptions = {
  /** Where the gateway answers; may hold `user:password@`. */
  readonly url: string;
  readonly fetch?: Fetch;
  readonly sleep?: (delayMs: number, signal?: AbortSignal) => Promise<void>;
} & (Login | { readonly authorization?: undefined });

export interface CatalogClient {
  /** Writes items, all or none. */
  apply(request: CatalogApplyRequest): Promise<CatalogAppliedAnswer>;
  /** Every item of a kind, page by page, with its version. */
  list<Document>(
    kind: CatalogKind,
    query?: Readonly<Record<string, string>>,
  ): AsyncGenerator<VersionedAnswer<Document>>;
  get<Document>(kind: CatalogKind, name: string): Promise<VersionedAnswer<Document>>;
  /** Creates or replaces an item. With `version` only when it still is that version; 0 means it must be new. */
  put<Document>(
    kind: CatalogKind,
    name: string,
    item: Document,
    options?: { readonly version?: number },
  ): Promise<VersionedAnswer<Document>>;
  delete(kind: CatalogKind, name: string, options?: { readonly version?: number }): Promise<void>;
  /** Brings in a catalog, item by item: an object, or the text of a file. */
  import(content: CatalogApplyRequest | string, options?: CatalogImportOptions): Promise<CatalogImportedAnswer>;
  /** The catalog as one file in YAML, without values of secrets. */
  export(options?: { readonly kinds?: readonly CatalogKind[]; readonly set?: string }): Promise<string>;
  /** Seals every secret value with the newest key; to be repeated until it is complete. */
  rotateSecrets(): Promise<SecretsRotatedAnswer>;
  /** Writes devices from CSV or YAML, all or none. */
  importDevices(text: string, type: 'text/csv' | 'application/yaml'): Promise<CatalogAppliedAnswer>;
}

export interface LocksClient {
  /** Every lock that is held, by key, page by page. */
  list(): AsyncGenerator<LockAnswer>;
  get(key: string): Promise<LockAnswer>;
  /** Takes the lock from the device that holds it; gives the lock as it was. For administrators. */
  break(key: string): Promise<LockAnswer>;
}

export interface RunyardClient {
  readonly runs: RunsClient;
  readonly catalog: CatalogClient;
  readonly locks: LocksClient;
  readonly users: UsersClient;
  readonly apiKeys: ApiKeysClient;
  readonly audit: AuditClient;
  readonly workers: { list(query?: { readonly cluster?: string }): Promise<readonly WorkerAnswer[]> };
  me(): Promise<MeAnswer>;
  /** True when the gateway can do its work: Redis answers. */
  isReady(): Promise<boolean>;
  /** Milliseconds by which the clock of the gateway is ahead of ours; null when it does not say. */
  clockSkewMs(): Promise<number | null>;
}

const PAGE_LIMIT = 500;
const PLURALS: Readonly<Record<CatalogKind, string>> = {
  cluster: 'clusters',
  credential: 'credentials',
  device: 'devices',
  pool: 'pools',
  secret: 'secrets',
  repository: 'repositories',
  decorator: 'decorators',
  'executable-object': 'executable-objects',
  registry: 'registries',
  role: 'roles',
  group: 'groups',
  'service-account': 'service-accounts',
  'service-group': 'service-groups',
  service: 'services',
  schedule: 'schedules',
};

/** A typed client of the native API. Every method rejects with a ClientError. */
export function createClient(options: ClientOptions): RunyardClient {
  const sleep = options.sleep ?? pause;
  const transport = createTransport({
    url: options.url,
    login: loginOf(options),
    fetch: options.fetch ?? ((url, init) => fetch(url, init)),
    sleep,
  });
  const body = async <Body>(call: Call): Promise<Body> => (await transport.call<Body>(call)).body;

  return {
    runs: createRunsClient(transport, sleep),
    catalog: createCatalogClient(body, transport),
    locks: createLocksClient(body),
    users: createUsersClient(body),
    apiKeys: createApiKeysClient(body),
    audit: createAuditClient(body),
    workers: { list: (query = {}) => listWorkers(body, query) },
    me: () => body({ path: '/v1/me' }),
    async isReady() {
      const answer = await transport.open({ path: '/readyz' }).catch(() => undefined);
      await answer?.body?.cancel();
      return answer?.status === 200;
    },
    async clockSkewMs() {
      const before = Date.now();
      const { headers } = await transport.call({ path: '/v1/me' });
      const date = Date.parse(headers.get('date') ?? '');
      // The header has whole seconds: its middle is the best guess.
      return Number.isNaN(date) ? null : date + 500 - (before + Date.now()) / 2;
    },
  };
}

async function listWorkers(
  body: <Body>(call: Call) => Promise<Body>,
  query: { readonly cluster?: string },
): Promise<WorkerAnswer[]> {
  const workers: WorkerAnswer[] = [];
  const pages = itemsOfPages<WorkerAnswer>((cursor) =>
    body({ path: '/v1/workers', query: { limit: PAGE_LIMIT, ...query, cursor } }),
  );
  for await (const worker of pages) workers.push(worker);
  return workers;
}

function createLocksClient(body: <Body>(call: Call) => Promise<Body>): LocksClient {
  const pathOf = (key: string): string => `/v1/locks/${encodeURIComponent(key)}`;
  return {
    list: () => itemsOfPages((cursor) => body({ path: '/v1/locks', query: { limit: PAGE_LIMIT, cursor } })),
    get: (key) => body({ path: pathOf(key) }),
    break: (key) => body({ method: 'DELETE', path: pathOf(key) }),
  };
}

function createCatalogClient(body: <Body>(call: Call) => Promise<Body>, transport: Transport): CatalogClient {
  const pathOf = (kind: CatalogKind, name: string): string => `/v1/${PLURALS[kind]}/${encodeURIComponent(name)}`;
  return {
    apply: (request) => body({ method: 'POST', path: '/v1/catalog/apply', body: request }),
    import: (content, options = {}) => {
      const call = { method: 'POST', path: '/v1/catalog/import', query: { ...options } } as const;
      if (typeof content !== 'string') return body({ ...call, body: content });
      return body({ ...call, content: { type: 'application/yaml', text: content } });
    },
    export: async ({ kinds, set } = {}) => {
      const answer = await transport.open({ path: '/v1/catalog/export', query: { kinds: kinds?.join(','), set } });
      return answer.text();
    },
    list: <Document>(kind: CatalogKind, query: Readonly<Record<string, string>> = {}) =>
      itemsOfPages<VersionedAnswer<Document>>((cursor) =>
        body<PageAnswer<VersionedAnswer<Document>>>({
          path: `/v1/${PLURALS[kind]}`,
          query: { limit: PAGE_LIMIT, ...query, cursor },
        }),
      ),
    get: (kind, name) => body({ path: pathOf(kind, name) }),
    put: (kind, name, item, { version } = {}) =>
      body({ method: 'PUT', path: pathOf(kind, name), body: item, headers: preconditions(version) }),
    delete: async (kind, name, { version } = {}) => {
      await body({ method: 'DELETE', path: pathOf(kind, name), headers: preconditions(version) });
    },
    rotateSecrets: () => body({ method: 'POST', path: '/v1/secrets/rotate' }),
    importDevices: (text, type) => body({ method: 'POST', path: '/v1/devices/import', content: { type, text } }),
  };
}

function preconditions(version: number | undefined): Record<string, string> {
  if (version === undefined) return {};
  return version === 0 ? { 'if-none-match': '*' } : { 'if-match': `"${version}"` };
}

function loginOf(options: ClientOptions): Login | undefined {
  if ('username' in options) return { username: options.username, password: options.password };
  if ('apiKey' in options) return { apiKey: options.apiKey };
  return options.authorization === undefined ? undefined : { authorization: options.authorization };
}

function pause(delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const timer = setTimeout(resolve, delayMs);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    });
  });
}
