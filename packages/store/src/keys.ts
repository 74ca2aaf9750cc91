import type { CatalogKind, RunId, RunState } from '@runyard/domain';

/**
 * The only speller of Redis keys. What one script touches shares one hash tag (the text in braces), so that it lies in
 * one slot of a Redis Cluster. `prefix` separates several Runyards, and tests, in one Redis.
 */
export interface Keys {
  readonly prefix: string;
  run(id: RunId): RunKeys;
  /** Where a change of the run is announced. */
  changed(id: RunId): string;
  readonly control: string;
  readonly runs: string;
  readonly openRuns: string;
  runsOfService(service: string): string;
  runsInState(state: RunState): string;
  runsWithLabel(label: string): string;
  catalog(kind: CatalogKind): string;
  readonly catalogRevision: string;
  readonly catalogChanges: string;
  serviceVersions(service: string): string;
  bundle(hash: string): string;
  readonly workers: string;
  worker(id: string): string;
  gatewayNumber(number: number): string;
  readonly users: string;
  readonly apiKeys: string;
  readonly identityRevision: string;
  lease(name: string): string;
  /** The record of an idempotency key; `scope` is a hash. */
  idempotency(scope: string): string;
}

/** Everything that belongs to one run; all of it expires together. */
export interface RunKeys {
  /**
   * Hash: spec, state, counts, times, `targets`, `inventory`; per slice `<n>` header, `<n>:n` names, `<n>:s` entries,
   * `<n>:t` token, `<n>:o` owner, `<n>:d` done. An entry is six characters for each device of the slice: state letter,
   * then the number of its row plus one in hexadecimal. One key, so that a script touches few; read by field.
   */
  readonly record: string;
  /** List: one row per final device, in the order of recording. */
  readonly rows: string;
  /** Hash: row number → compressed output, where it is too large for the row. */
  readonly outputs: string;
  /** List: lines of the log. */
  readonly log: string;
}

export function createKeys(prefix: string): Keys {
  const index = `${prefix}:{index}`;
  const catalog = `${prefix}:{catalog}`;
  const identity = `${prefix}:{identity}`;
  return {
    prefix,
    run(id) {
      const run = `${prefix}:{${id}}`;
      return {
        record: `${run}:run`,
        rows: `${run}:rows`,
        outputs: `${run}:outputs`,
        log: `${run}:log`,
      };
    },
    changed: (id) => `${prefix}:{${id}}:changed`,
    control: `${prefix}:control`,
    runs: `${index}:runs`,
    openRuns: `${index}:open`,
    runsOfService: (service) => `${index}:service:${service}`,
    runsInState: (state) => `${index}:state:${state}`,
    runsWithLabel: (label) => `${index}:label:${label}`,
    catalog: (kind) => `${catalog}:${kind}`,
    catalogRevision: `${catalog}:revision`,
    catalogChanges: `${catalog}:changes`,
    serviceVersions: (service) => `${catalog}:versions:${service}`,
    bundle: (hash) => `${prefix}:bundle:{${hash}}`,
    workers: `${prefix}:{workers}:seen`,
    worker: (id) => `${prefix}:{workers}:${id}`,
    gatewayNumber: (number) => `${prefix}:gateway:${number}`,
    users: `${identity}:users`,
    apiKeys: `${identity}:api-keys`,
    identityRevision: `${identity}:revision`,
    lease: (name) => `${prefix}:lease:${name}`,
    idempotency: (scope) => `${prefix}:idempotency:{${scope}}`,
  };
}
