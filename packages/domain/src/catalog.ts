import type { GroupItem, RoleItem, ServiceAccount, ServiceGroupItem } from './access.ts';
import type { Device } from './device.ts';
import type { JsonSchema } from './json.ts';
import type { Rate } from './limits.ts';
import { compilePoolRule, type Pool } from './pool.ts';
import type { Schedule } from './schedule.ts';
import type { Service } from './service.ts';

export interface Cluster {
  readonly name: string;
  readonly description?: string;
  /** Devices that may begin in a time, over all its workers. */
  readonly rate?: Rate;
}

/** A value that is encrypted at rest; only the worker that needs it opens it. */
export interface Sealed {
  readonly sealed: string;
}

/** A value kept in the secrets of the catalog, by name. */
export interface SecretReference {
  readonly secret: string;
}

export type StoredSecret = Sealed | SecretReference;

/** A credential as it is stored: what is secret is sealed or a reference. */
export interface CredentialItem {
  readonly name: string;
  readonly description?: string;
  readonly username?: string;
  readonly password?: StoredSecret;
  readonly privateKey?: StoredSecret;
  readonly passphrase?: StoredSecret;
  readonly enablePassword?: StoredSecret;
  readonly token?: StoredSecret;
  /** Pools whose devices use it when neither device nor service names one. */
  readonly pools?: readonly string[];
  /** The highest wins when several credentials fit. */
  readonly priority?: number;
}

export interface SecretItem {
  readonly name: string;
  readonly value: Sealed;
}

/** A git repository with the files of services. */
export interface Repository {
  readonly name: string;
  readonly description?: string;
  /** `https://`, `ssh://`, `git@host:path` or `file://`. */
  readonly url: string;
  /** Branch, tag or commit; the default branch when absent. */
  readonly reference?: string;
  readonly tags?: readonly string[];
  readonly username?: string;
  /** Name of a secret of the catalog. */
  readonly passwordName?: string;
  /** Name of a secret of the catalog. */
  readonly privateKeyName?: string;
}

/** A repository with its secrets opened, and how the run keeps the commit that it saw first. */
export interface RepositoryOrder {
  readonly repository: Repository;
  readonly password?: string;
  readonly privateKey?: string;
  /** The commit of the run; null while none is written down. */
  readonly pinned: string | null;
  /** Writes a commit down and gives the one that came first. */
  readonly pin: (commit: string) => Promise<string>;
  readonly signal: AbortSignal;
}

/** A JSON Schema of inputs that several services share. */
export interface Decorator {
  readonly name: string;
  readonly description?: string;
  readonly schema: JsonSchema;
  /** Names of properties in the order in which forms show them. */
  readonly argumentOrder?: readonly string[];
}

/** A program that runs files of services, such as `/bin/bash`. */
export interface ExecutableObject {
  readonly name: string;
  readonly description?: string;
  readonly execCommand: string;
  readonly tags?: readonly string[];
}

/** Where packages of programs come from, such as a private index of Python packages. */
export interface Registry {
  readonly name: string;
  readonly description?: string;
  readonly type: 'pypi' | 'ansible-galaxy';
  readonly url: string;
  /** Used where a service names none of its type. */
  readonly default?: boolean;
  readonly username?: string;
  /** Name of a secret of the catalog. */
  readonly passwordName?: string;
  /** Name of a secret of the catalog. */
  readonly tokenName?: string;
  readonly authUrl?: string;
  readonly clientId?: string;
  /** Does not check the certificate of the server. */
  readonly insecure?: boolean;
  readonly tags?: readonly string[];
}

/** The kinds of the catalog and what each holds. */
export interface CatalogKinds {
  cluster: Cluster;
  credential: CredentialItem;
  device: Device;
  pool: Pool;
  secret: SecretItem;
  repository: Repository;
  decorator: Decorator;
  'executable-object': ExecutableObject;
  registry: Registry;
  role: RoleItem;
  group: GroupItem;
  'service-account': ServiceAccount;
  service: Service;
  'service-group': ServiceGroupItem;
  schedule: Schedule;
}
export type CatalogKind = keyof CatalogKinds;
/** In an order in which each kind only refers to earlier ones. */
export const CATALOG_KINDS = [
  'cluster',
  'secret',
  'credential',
  'device',
  'pool',
  'repository',
  'decorator',
  'executable-object',
  'registry',
  'role',
  'group',
  'service-account',
  'service',
  'service-group',
  'schedule',
] as const;

/** An item with its version: 1 when it was created, one more with each change of its content. */
export interface Versioned<Item> {
  readonly item: Item;
  readonly version: number;
  readonly updatedAtMs: number;
  /** The set of files that it came with; only such an item is deleted when the set has it no more. */
  readonly managedBy?: string;
  /** Of a schedule: the revision with which it came. One that comes back after it was deleted has another. */
  readonly sinceRevision?: number;
}

/** The form of the name of a set of files. */
export const MANAGING_SET = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

export type CatalogChange = {
  [Kind in CatalogKind]:
    | {
        readonly kind: Kind;
        readonly action: 'put';
        readonly item: CatalogKinds[Kind];
        /** The set that has it from now on; as it was when absent. It makes no new version. */
        readonly managedBy?: string;
      }
    | { readonly kind: Kind; readonly action: 'delete'; readonly name: string };
}[CatalogKind];

/** The whole catalog at one revision, in memory: what accepting and planning look things up in. */
export interface CatalogView {
  readonly revision: number;
  get<Kind extends CatalogKind>(kind: Kind, name: string): Versioned<CatalogKinds[Kind]> | undefined;
  /** Names in ascending order of UTF-16 code units, so that pages are stable. */
  names(kind: CatalogKind): readonly string[];
  /** The devices with this address, by name. */
  devicesByAddress(address: string): readonly Device[];
  /** The devices of a pool by name, without duplicates; undefined when there is no such pool. */
  poolMembers(pool: string): readonly Device[] | undefined;
}

/** True when the device is in the pool, be it by list or by rule. */
export function isPoolMember(pool: Pool, device: Device): boolean {
  if (pool.devices?.includes(device.name)) return true;
  return pool.rule !== undefined && compilePoolRule(pool.rule)(device);
}

/**
 * The credential for a device: its own, else the service's, else the one with the highest priority among those that
 * name a pool of the device (by name when the priorities are equal). Undefined when there is none.
 */
export function chooseCredential(
  device: Device,
  service: Pick<Service, 'credential'>,
  credentials: readonly CredentialItem[],
  pool: (name: string) => Pool | undefined,
): CredentialItem | undefined {
  const named = device.credential ?? service.credential;
  if (named !== undefined) return credentials.find((credential) => credential.name === named);
  return credentials
    .filter((credential) =>
      credential.pools?.some((name) => {
        const candidate = pool(name);
        return candidate !== undefined && isPoolMember(candidate, device);
      }),
    )
    .sort((a, b) => (b.priority ?? 0) - (a.priority ?? 0) || (a.name < b.name ? -1 : 1))[0];
}
