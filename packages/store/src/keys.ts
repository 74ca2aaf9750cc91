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
  /** Runs that expire unless they begin or end in time; the score is when to look. */
  readonly dueRuns: string;
  /** Sorted set: runs whose receivers are not all told; the score is when to look, in µs. */
  readonly deliveries: string;
  runsOfService(service: string): string;
  runsInState(state: RunState): string;
  runsWithLabel(label: string): string;
  /** Sorted set: labels that runs have, as `key=value`; the score is when a gateway last said so, in ms. */
  readonly runLabels: string;
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
  /** Hash: login tokens of one holder by their hash. */
  tokens(holder: string): string;
  /** Gateways, service groups and certificates. */
  readonly gatewayManager: GatewayManagerKeys;
  /** Where answers of workers to the questions of one gateway come in. */
  controlReplies(gateway: string): string;
  lease(name: string): string;
  /** Runs of a service that limits how many are in work. */
  gate(service: string): GateKeys;
  /** Hash: cluster → who paused it, for those that are paused. */
  readonly clusterPauses: string;
  /** When the permits of a cluster are used up to. */
  rate(cluster: string): string;
  /** Up to when the calls of one client are used up; `hash` stands for service, endpoint and client. It expires. */
  calls(hash: string): string;
  /** One lock; `hash` stands for its key, which is foreign text. */
  lock(hash: string): LockKeys;
  /** Sorted set without scores: keys of locks that are held. */
  readonly heldLocks: string;
  /** Sorted set: the same keys by the time at which the lease ends unless it is renewed. */
  readonly heldLocksUntil: string;
  /** Sorted set without scores: what devices of the run wait for, as `<device>`, a zero byte, `<key>`. */
  lockWaits(id: RunId): string;
  /** Where it is announced that a lock was given to somebody who waits. */
  readonly lockGranted: string;
  /** Hash: what a service keeps between its runs, sealed; `hash` stands for its name, which is foreign text. */
  serviceState(hash: string): string;
  /** Set: the hashes of those that there are. */
  readonly serviceStates: string;
  /** Hash: how far one schedule has come: timing, upTo, claim, waiting, pause, last, run, open. Deleted with the schedule. */
  schedule(scheduleKey: string): string;
  /** Set: keys of schedules that have such a hash. */
  readonly schedules: string;
  /** Stream: who did what. */
  readonly audit: string;
  /** Stream: what was denied. */
  readonly auditDenied: string;
  /** Stream: which runs were accepted, on whose behalf. */
  readonly auditRuns: string;
  /** The record of an idempotency key; `scope` is a hash. */
  idempotency(scope: string): string;
}

/** One lock and those who wait for it. Everything of it expires. */
interface LockKeys {
  /** Hash: key, last token, `asked` (wishes so far); while it is held: holder, member, owner, since, until (ms). */
  readonly lock: string;
  /** Sorted set: who waits, as `<run>/<device>`, by the order of first asking. */
  readonly line: string;
  /** Sorted set: the same by the time of last asking. */
  readonly seen: string;
  /** Hash: the same → who asks (16 hex digits), a blank, the holder. */
  readonly wishes: string;
}

/** Everything that belongs to one run; all of it expires together. */
export interface RunKeys {
  /**
   * Hash: spec, state, counts, times, `targets`, `inventory`; `cancel` and `stop` when it is to end and how, `paused`;
   * `roll` (batch, devices up to its end, soak, failures allowed, what to do then), `rolls`, `nextAt` of a rollout;
   * per slice `<n>` header, `<n>:n` names, `<n>:s` entries,
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
  /** Hash: `run` and `event`, what is told to receivers; by number how far each is told. Expires by itself. */
  readonly deliveries: string;
  /** Hash: `<device>`, a line feed, `<step>` → state, a blank, how far the step of a workflow has come. */
  readonly steps: string;
  /** Hash: run id → where it hangs, for the runs below this one; only of runs that nobody else started. */
  readonly tree: string;
}

interface GatewayManagerKeys {
  readonly revision: string;
  /** Hashes by id. */
  readonly gateways: string;
  readonly serviceGroups: string;
  readonly certificates: string;
  /** Where a change is announced. */
  readonly changed: string;
}

interface GateKeys {
  /** Sorted set: runs in work, by creation time. */
  readonly inside: string;
  /** Sorted set: runs that wait, by creation time. */
  readonly line: string;
  /** How many may be in work, as the last one that asked said. */
  readonly limit: string;
}

function runKeys(run: string): RunKeys {
  return {
    record: `${run}:run`,
    rows: `${run}:rows`,
    outputs: `${run}:outputs`,
    log: `${run}:log`,
    deliveries: `${run}:deliveries`,
    steps: `${run}:steps`,
    tree: `${run}:tree`,
  };
}

export function createKeys(prefix: string): Keys {
  const index = `${prefix}:{index}`;
  const catalog = `${prefix}:{catalog}`;
  const identity = `${prefix}:{identity}`;
  const gatewayManager = `${prefix}:{gateway-manager}`;
  return {
    prefix,
    run: (id) => runKeys(`${prefix}:{${id}}`),
    changed: (id) => `${prefix}:{${id}}:changed`,
    control: `${prefix}:control`,
    runs: `${index}:runs`,
    openRuns: `${index}:open`,
    dueRuns: `${index}:due`,
    deliveries: `${index}:deliveries`,
    runsOfService: (service) => `${index}:service:${service}`,
    runsInState: (state) => `${index}:state:${state}`,
    runsWithLabel: (label) => `${index}:label:${label}`,
    runLabels: `${index}:labels`,
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
    tokens: (holder) => `${identity}:tokens:${holder}`,
    gatewayManager: {
      revision: `${gatewayManager}:revision`,
      gateways: `${gatewayManager}:gateways`,
      serviceGroups: `${gatewayManager}:service-groups`,
      certificates: `${gatewayManager}:certificates`,
      changed: `${gatewayManager}:changed`,
    },
    controlReplies: (gateway) => `${prefix}:control:replies:${gateway}`,
    lease: (name) => `${prefix}:lease:${name}`,
    gate(service) {
      const gate = `${prefix}:gate:{${withoutBraces(service)}}`;
      return { inside: `${gate}:inside`, line: `${gate}:line`, limit: `${gate}:limit` };
    },
    clusterPauses: `${prefix}:cluster-pauses`,
    rate: (cluster) => `${prefix}:rate:{${cluster}}`,
    calls: (hash) => `${prefix}:calls:{${hash}}`,
    lock(hash) {
      const lock = `${prefix}:lock:{${hash}}`;
      return { lock, line: `${lock}:line`, seen: `${lock}:seen`, wishes: `${lock}:wishes` };
    },
    heldLocks: `${prefix}:{locks}:held`,
    heldLocksUntil: `${prefix}:{locks}:until`,
    lockWaits: (id) => `${prefix}:{${id}}:waits`,
    lockGranted: `${prefix}:lock-granted`,
    serviceStates: `${prefix}:states`,
    serviceState: (hash) => `${prefix}:state:{${hash}}`,
    schedule: (scheduleKey) => `${prefix}:{schedules}:of:${scheduleKey}`,
    schedules: `${prefix}:{schedules}:names`,
    audit: `${prefix}:audit`,
    auditDenied: `${prefix}:audit:denied`,
    auditRuns: `${prefix}:audit:runs`,
    idempotency: (scope) => `${prefix}:idempotency:{${scope}}`,
  };
}

/** A name that may hold anything, as a hash tag: a brace in it would end the tag. */
function withoutBraces(name: string): string {
  return name.replaceAll('%', '%25').replaceAll('{', '%7B').replaceAll('}', '%7D');
}
