import { isAdministrator, type Principal } from './principal.ts';

/** The record of one cluster as the Gateway Manager API shows it. A cluster without one has the defaults. */
export interface GatewayRecord {
  /** 24 hex digits, always the same for a cluster. */
  readonly id: string;
  readonly name: string;
  readonly cluster: string;
  readonly description: string;
  /** A disabled cluster runs nothing. */
  readonly enabled: boolean;
  /** A read-only one shows its services and runs nothing. */
  readonly readonly: boolean;
  /** Ids of certificates. With some, a worker counts only when it proves the key of one of them. */
  readonly certificates: readonly string[];
  /** Who sees it; everybody when empty. */
  readonly groups: readonly string[];
}

/** Services of one cluster that a group of callers may see and run. */
export interface ServiceGroup {
  readonly id: string;
  readonly name: string;
  readonly cluster: string;
  readonly description: string;
  /** Names of services; null for the group of the cluster that holds each of them. */
  readonly services: readonly string[] | null;
  /** Who sees it; everybody when empty. */
  readonly groups: readonly string[];
}

export type CertificateType = 'Host' | 'Intermediate' | 'Root';

/** A certificate with what was read from it. */
export interface Certificate {
  /** The first 24 hex digits of its fingerprint, so that none is there twice. */
  readonly id: string;
  readonly pem: string;
  readonly contractId: string;
  readonly alias: string;
  readonly host: string;
  readonly issuer: string;
  readonly isSelfSigned: boolean;
  readonly type: CertificateType;
  readonly validFromMs: number;
  readonly validToMs: number;
}

/** The kinds of records and what each holds. */
export interface GatewayManagerKinds {
  gateway: GatewayRecord;
  'service-group': ServiceGroup;
  certificate: Certificate;
}
export type GatewayManagerKind = keyof GatewayManagerKinds;
export const GATEWAY_MANAGER_KINDS = ['gateway', 'service-group', 'certificate'] as const;

export type GatewayManagerChange = {
  [Kind in GatewayManagerKind]:
    | { readonly kind: Kind; readonly action: 'put'; readonly item: GatewayManagerKinds[Kind] }
    | { readonly kind: Kind; readonly action: 'delete'; readonly id: string };
}[GatewayManagerKind];

/** Records of one kind. There are thousands at most. */
export const GATEWAY_MANAGER_RECORDS_MAX = 5_000;

/** All records at one revision, by id. */
export interface GatewayManagerView {
  readonly revision: number;
  readonly gateways: ReadonlyMap<string, GatewayRecord>;
  readonly serviceGroups: ReadonlyMap<string, ServiceGroup>;
  readonly certificates: ReadonlyMap<string, Certificate>;
}

/** Gateways, service groups and certificates, shared by every gateway process. */
export interface GatewayManagerStore {
  /** The records as they are now, at least as new as the call. */
  view(): Promise<GatewayManagerView>;
  /** The records as this process saw them last, without asking; null before the first look. */
  lastView(): GatewayManagerView | null;
  /** All or nothing. The new revision, or null when the records are not at the expected one any more. */
  write(changes: readonly GatewayManagerChange[], expectedRevision: number): Promise<number | null>;
  /** A page of one kind, by id. */
  list<Kind extends GatewayManagerKind>(
    kind: Kind,
    cursor: string | null,
    limit: number,
  ): Promise<{ readonly items: readonly GatewayManagerKinds[Kind][]; readonly cursor: string | null }>;
  /** Tells of changes by any process, soon and at best effort. Returns how to end it. */
  onChange(listener: () => void): () => void;
}

/** Proof that a worker holds the private key of a certificate. */
export interface WorkerProof {
  /** The id of the certificate. */
  readonly certificate: string;
  /** In base64. */
  readonly signature: string;
}

/** True when the caller may see something that carries these groups. Administrators see everything. */
export function isVisibleTo(principal: Principal, groups: readonly string[]): boolean {
  if (groups.length === 0 || isAdministrator(principal)) return true;
  return principal.groups?.some((group) => groups.includes(group)) ?? false;
}

/** Refuses runs on clusters that take none. */
export interface ClusterRules {
  /**
   * `clusters` is asked only when some cluster takes no runs. Throws, or rejects with, CLUSTER_DISABLED or
   * CLUSTER_READ_ONLY.
   */
  check(clusters: () => Iterable<string>): void | Promise<void>;
}
