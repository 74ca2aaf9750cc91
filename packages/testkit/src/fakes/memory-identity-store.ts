import type { LoginToken, Page } from '@runyard/domain';
import type { ApiKey, IdentityStore, User } from '@runyard/identity';

/** Users and API keys in memory. `isSilent` keeps it from telling listeners, as when a message of Redis gets lost. */
export class MemoryIdentityStore implements IdentityStore {
  isSilent = false;
  /** How often each method that reads was called. */
  readonly reads = { getUser: 0, getApiKey: 0, revision: 0 };
  private readonly users = new Map<string, User>();
  private readonly keysByHash = new Map<string, ApiKey>();
  private readonly tokens = new Map<string, LoginToken>();
  private readonly listeners = new Set<() => void>();
  private changes = 0;

  /** The revision, without asking. */
  get changeCount(): number {
    return this.changes;
  }

  getUser(name: string): Promise<User | null> {
    this.reads.getUser += 1;
    return Promise.resolve(this.users.get(name) ?? null);
  }

  addUser(user: User): Promise<string | null> {
    const isSame = (name: string) => name.toLowerCase() === user.name.toLowerCase();
    const taken = this.users.has(user.name) ? user.name : [...this.users.keys()].find(isSame);
    if (taken !== undefined) return Promise.resolve(taken);
    this.users.set(user.name, user);
    this.changed();
    return Promise.resolve(null);
  }

  putUser(user: User, revision = this.changes): Promise<boolean> {
    if (revision !== this.changes) return Promise.resolve(false);
    if ((this.users.get(user.name)?.version ?? 0) !== user.version - 1) return Promise.resolve(false);
    this.users.set(user.name, user);
    this.changed();
    return Promise.resolve(true);
  }

  listUsers(cursor: string | null, limit: number): Promise<Page<User>> {
    return Promise.resolve(pageOf([...this.users.values()], ({ name }) => name, cursor, limit));
  }

  deleteUser({ name, version }: Pick<User, 'name' | 'version'>, revision = this.changes): Promise<boolean> {
    if (revision !== this.changes || this.users.get(name)?.version !== version) return Promise.resolve(false);
    this.users.delete(name);
    this.changed();
    return Promise.resolve(true);
  }

  getApiKey(hash: string): Promise<ApiKey | null> {
    this.reads.getApiKey += 1;
    return Promise.resolve(this.keysByHash.get(hash) ?? null);
  }

  findApiKey(id: string): Promise<ApiKey | null> {
    return Promise.resolve(this.keyById(id) ?? null);
  }

  putApiKey(key: ApiKey): Promise<void> {
    this.keysByHash.set(key.hash, key);
    this.changed();
    return Promise.resolve();
  }

  listApiKeys(cursor: string | null, limit: number): Promise<Page<ApiKey>> {
    return Promise.resolve(pageOf([...this.keysByHash.values()], ({ id }) => id, cursor, limit));
  }

  deleteApiKey(id: string): Promise<boolean> {
    const key = this.keyById(id);
    if (key === undefined) return Promise.resolve(false);
    this.keysByHash.delete(key.hash);
    this.changed();
    return Promise.resolve(true);
  }

  touchApiKey(id: string, atMs: number): Promise<void> {
    const key = this.keyById(id);
    if (key !== undefined) this.keysByHash.set(key.hash, { ...key, lastUsedAtMs: atMs });
    return Promise.resolve();
  }

  putToken(token: LoginToken, max: number, nowMs: number): Promise<void> {
    const held = [...this.tokens.values()].filter(({ holder }) => holder === token.holder);
    const good = held.filter(({ expiresAtMs }) => expiresAtMs > nowMs).sort((a, b) => b.expiresAtMs - a.expiresAtMs);
    const kept = new Set(good.slice(0, max - 1));
    for (const each of held) if (!kept.has(each)) this.tokens.delete(each.hash);
    this.tokens.set(token.hash, token);
    return Promise.resolve();
  }

  getToken(holder: string, hash: string): Promise<LoginToken | null> {
    const token = this.tokens.get(hash);
    return Promise.resolve(token?.holder === holder ? token : null);
  }

  deleteToken(holder: string, hash: string): Promise<boolean> {
    const isDeleted = this.tokens.get(hash)?.holder === holder && this.tokens.delete(hash);
    if (isDeleted) this.changed();
    return Promise.resolve(isDeleted);
  }

  revision(): Promise<number> {
    this.reads.revision += 1;
    return Promise.resolve(this.changes);
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private keyById(id: string): ApiKey | undefined {
    return [...this.keysByHash.values()].find((key) => key.id === id);
  }

  private changed(): void {
    this.changes += 1;
    if (!this.isSilent) for (const listener of this.listeners) listener();
  }
}

function pageOf<Item>(
  all: readonly Item[],
  keyOf: (item: Item) => string,
  cursor: string | null,
  limit: number,
): Page<Item> {
  const rest = all
    .filter((item) => cursor === null || keyOf(item) > cursor)
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const items = rest.slice(0, limit);
  const last = items.at(-1);
  return { items, cursor: rest.length > limit && last !== undefined ? keyOf(last) : null };
}
