import type {
  AuditLog,
  CallLimiter,
  CatalogStore,
  Clock,
  ClusterPauses,
  ControlChannel,
  DeliveryStore,
  GatewayManagerStore,
  IdempotencyStore,
  IdentityStore,
  LockStore,
  Log,
  Principals,
  RunEvents,
  RunStore,
  RunTree,
  SealedStates,
  SecretBox,
  StepStore,
  WorkerQuestions,
  WorkerRegistry,
} from '@runyard/domain';
import { createPrincipals } from '@runyard/identity';
import type { RedisConnection } from '@runyard/redis';
import {
  createAuditLog,
  createCallLimiter,
  createClusterPauses,
  createControlChannel,
  createDeliveryStore,
  createGatewayManagerStore,
  createIdempotencyStore,
  createIdentityStore,
  createKeys,
  createLockStore,
  createRunEvents,
  createRunStore,
  createSecretBox,
  createRunTree,
  createStateSeals,
  createStepStore,
  createWorkerRegistry,
  type Keys,
  LeasedRunIds,
  RedisCatalogStore,
} from '@runyard/store';

export interface StoreParts {
  readonly connection: RedisConnection;
  readonly subscriber: RedisConnection;
  readonly keyPrefix: string;
  readonly secretKey: Uint8Array;
  readonly oldSecretKeys?: readonly Uint8Array[];
  readonly clock: Clock;
  readonly log: Log;
}

/** What the gateway reads and writes in Redis, and the channels on which it hears and tells. */
export interface Stores {
  readonly connection: RedisConnection;
  readonly keys: Keys;
  readonly secrets: SecretBox;
  readonly catalog: CatalogStore;
  readonly runs: RunStore;
  readonly ids: LeasedRunIds;
  readonly workers: WorkerRegistry;
  readonly audit: AuditLog;
  readonly locks: LockStore;
  readonly callLimiter: CallLimiter;
  readonly pauses: ClusterPauses;
  readonly control: ControlChannel & WorkerQuestions;
  readonly events: RunEvents;
  readonly identities: IdentityStore;
  readonly deliveries: DeliveryStore;
  readonly clusterRecords: GatewayManagerStore;
  readonly idempotency: IdempotencyStore;
  readonly steps: StepStore;
  readonly tree: RunTree;
  /** Accounts as they are now. */
  readonly principals: Principals;
  readonly states: SealedStates;
}

export async function composeStores({ connection, subscriber, clock, log, ...parts }: StoreParts): Promise<Stores> {
  const keys = createKeys(parts.keyPrefix);
  const identities = await createIdentityStore(connection, subscriber, keys);
  const secrets = createSecretBox(parts.secretKey, parts.oldSecretKeys);
  return {
    connection,
    keys,
    secrets,
    catalog: new RedisCatalogStore({ connection, keys, clock }),
    runs: createRunStore({ connection, keys, nowMs: () => clock.nowMs() }),
    ids: new LeasedRunIds({ connection, keys, clock, log }),
    workers: createWorkerRegistry(connection, keys, clock),
    audit: createAuditLog(connection, keys),
    callLimiter: createCallLimiter(connection, keys),
    locks: await createLockStore({ connection, subscriber: null, keys, log }),
    pauses: createClusterPauses(connection, keys),
    control: await createControlChannel(connection, subscriber, keys, log),
    events: createRunEvents(subscriber, keys, log),
    identities,
    deliveries: createDeliveryStore(connection, keys),
    clusterRecords: await createGatewayManagerStore({ connection, subscriber, keys, log }),
    idempotency: createIdempotencyStore(connection, keys),
    steps: createStepStore(connection, keys),
    tree: createRunTree(connection, keys),
    principals: createPrincipals(identities, clock),
    states: createStateSeals({ connection, keys, secrets }),
  };
}
