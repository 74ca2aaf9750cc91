import { createHash } from 'node:crypto';
import { AppError, type Clock, type Log, type Page, type Principal } from '@runyard/domain';
import { principalOfKey } from './account-principals.ts';
import type { ChangeWatch } from './change-watch.ts';
import { isFresh } from './freshness.ts';
import { wrongCredentials } from './password-login.ts';
import type { ApiKey, IdentityStore, RandomBytes } from './ports.ts';
import { BASE62, randomText } from './random-text.ts';
import { checkNameAndPassword } from './user-rules.ts';

const TOKEN = /^ry_[0-9A-Za-z]{40}$/;
const TOUCH_INTERVAL_MS = 60_000;
const SIZE_MAX = 10_000;
const PAGE_SIZE = 100;

/** A key as people may see it. */
export type ApiKeyView = Omit<ApiKey, 'hash'>;

export interface NewApiKey {
  readonly name: string;
  /** As whom its holder acts. */
  readonly account: ApiKey['account'];
  /** The only services that it reaches; any when absent. */
  readonly services?: readonly string[];
  readonly createdBy: string;
  readonly expiresAtMs?: number;
}

export interface ApiKeysParts {
  readonly store: IdentityStore;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly watch: ChangeWatch;
  readonly log?: Log;
}

/** A key that works, and who its holder is. */
export interface KnownKey {
  readonly key: ApiKey;
  readonly principal: Principal;
  readonly readAtMs: number;
  readonly generation: number;
}

/** Makes, lists and revokes API keys, and logs in by them. */
export class ApiKeys {
  private readonly parts: ApiKeysParts;
  /** Keys that exist, by hash, the one read longest ago first. What does not exist never enters. */
  private readonly known = new Map<string, KnownKey>();
  /** When each key was last noted as used, by id; the one noted longest ago is first. */
  private readonly touched = new Map<string, number>();
  private readonly touching = new Set<Promise<void>>();

  constructor(parts: ApiKeysParts) {
    this.parts = parts;
  }

  /** Rejects with CREDENTIALS_WRONG, for an expired key too. */
  async find(token: string): Promise<KnownKey> {
    if (!TOKEN.test(token)) throw wrongCredentials();
    const { clock, watch } = this.parts;
    const checking = watch.check();
    if (checking) await checking;
    const hash = hashOf(token);
    let known = this.known.get(hash);
    if (!known || known.generation !== watch.generation || !isFresh(known.readAtMs, clock.nowMs())) {
      known = await this.read(hash);
    }
    if (known.key.expiresAtMs !== null && known.key.expiresAtMs <= clock.nowMs()) throw wrongCredentials();
    this.touch(known.key);
    return known;
  }

  /**
   * The token is shown this once: the store has its hash only. Rejects with BODY_INVALID, and with ACCOUNT_NOT_FOUND
   * when the user is not there; whether a service account is there says the catalog.
   */
  async create({
    name,
    account,
    services,
    createdBy,
    expiresAtMs,
  }: NewApiKey): Promise<{ key: ApiKeyView; token: string }> {
    checkNameAndPassword({ name });
    const { clock, random, store, watch } = this.parts;
    if (expiresAtMs !== undefined && !(expiresAtMs > clock.nowMs() && Number.isSafeInteger(expiresAtMs))) {
      const errors = [{ path: '/expiresAtMs', message: 'must be a time in the future, in milliseconds' }];
      throw new AppError('BODY_INVALID', 'The API key would not be valid.', { errors });
    }
    if (account.kind === 'user' && (await store.getUser(account.name)) === null) {
      throw new AppError('ACCOUNT_NOT_FOUND', `There is no user with the name '${account.name}'.`);
    }
    const token = `ry_${randomText(BASE62, 40, random)}`;
    const key: ApiKeyView = {
      id: `key-${randomText(BASE62, 16, random)}`,
      name,
      account,
      ...(services ? { services } : {}),
      createdBy,
      createdAtMs: clock.nowMs(),
      expiresAtMs: expiresAtMs ?? null,
      lastUsedAtMs: null,
    };
    await store.putApiKey({ ...key, hash: hashOf(token) });
    watch.noteChange();
    return { key, token };
  }

  async list(cursor: string | null, limit: number): Promise<Page<ApiKeyView>> {
    const page = await this.parts.store.listApiKeys(cursor, limit);
    return { ...page, items: page.items.map(viewOf) };
  }

  /** Answers whether there was such a key. It works nowhere any more once this resolves, or a second later elsewhere. */
  async revoke(id: string): Promise<boolean> {
    const isRevoked = await this.parts.store.deleteApiKey(id);
    this.parts.watch.noteChange();
    return isRevoked;
  }

  /** Revokes every key of an account, so that none works for another one that gets its name. */
  async revokeOf({ kind, name }: ApiKey['account']): Promise<void> {
    let cursor: string | null = null;
    do {
      const page: Page<ApiKey> = await this.parts.store.listApiKeys(cursor, PAGE_SIZE);
      for (const { id, account } of page.items)
        if (account.kind === kind && account.name === name) await this.revoke(id);
      cursor = page.cursor;
    } while (cursor !== null);
  }

  /** Resolves when every noted use is written. */
  async settled(): Promise<void> {
    await Promise.all(this.touching);
  }

  private async read(hash: string): Promise<KnownKey> {
    const { clock, store, watch } = this.parts;
    // Both before the look: a change during it makes the entry out of date at once.
    const generation = watch.generation;
    const readAtMs = clock.nowMs();
    const key = await store.getApiKey(hash);
    this.known.delete(hash);
    const principal = key === null ? null : await principalOfKey(key, store);
    if (key === null || principal === null) throw wrongCredentials();
    const known = { key, principal, readAtMs, generation };
    this.known.set(hash, known);
    dropOldest(this.known);
    return known;
  }

  /** Notes the use once a minute and lets nobody wait for it. */
  private touch(key: ApiKey): void {
    const { clock, log, store } = this.parts;
    const nowMs = clock.nowMs();
    const lastMs = Math.max(
      key.lastUsedAtMs ?? Number.NEGATIVE_INFINITY,
      this.touched.get(key.id) ?? Number.NEGATIVE_INFINITY,
    );
    if (nowMs - lastMs < TOUCH_INTERVAL_MS) return;
    this.touched.delete(key.id);
    this.touched.set(key.id, nowMs);
    dropOldest(this.touched);
    const touching = store
      .touchApiKey(key.id, nowMs)
      .catch((error: unknown) => log?.warn('last use of an API key was not written', { keyId: key.id, error }))
      .finally(() => this.touching.delete(touching));
    this.touching.add(touching);
  }
}

/** Each member by name, so that a new one is not shown before somebody thought about it. */
function viewOf(key: ApiKey): ApiKeyView {
  const { id, name, account, services, roles, createdBy, createdAtMs, expiresAtMs, lastUsedAtMs } = key;
  const reach = { ...(services ? { services } : {}), ...(roles ? { roles } : {}) };
  return { id, name, account, ...reach, createdBy, createdAtMs, expiresAtMs, lastUsedAtMs };
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

function dropOldest(map: Map<string, unknown>): void {
  if (map.size <= SIZE_MAX) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
