import type { Clock, ControlChannel, DeliveryStore, Expressions, Log, RunQueue, RunStore } from '@runyard/domain';
import {
  type CheckStart,
  createCheckStart,
  createEndOfRun,
  createRunWorkflow,
  DecisionLog,
  type RunEnded,
  type RunWorkflow,
} from '@runyard/engine';
import { createPrincipals } from '@runyard/identity';
import type { RedisConnection } from '@runyard/redis';
import {
  createAuditLog,
  createIdentityStore,
  createRunEvents,
  createRunGate,
  createRunTree,
  createStepStore,
  type Keys,
} from '@runyard/store';

export interface RunParts {
  readonly store: RedisConnection;
  readonly subscriber: RedisConnection;
  readonly keys: Keys;
  readonly runs: RunStore;
  readonly queue: RunQueue;
  readonly deliveries: DeliveryStore;
  readonly control: ControlChannel;
  readonly expressions: Expressions;
  readonly clock: Clock;
  readonly log: Log;
}

/** What a worker does with runs beside their devices: whether they may begin, their steps, and what follows their end. */
export interface ComposedRuns {
  readonly runEnded: RunEnded;
  readonly workflow: RunWorkflow;
  readonly checkStart: CheckStart;
  readonly decisions: DecisionLog;
}

export async function composeRuns({ store, subscriber, keys, ...parts }: RunParts): Promise<ComposedRuns> {
  const gate = createRunGate(store, keys);
  const identities = await createIdentityStore(store, subscriber, keys);
  const steps = createStepStore(store, keys);
  const events = createRunEvents(subscriber, keys, parts.log);
  return {
    runEnded: createEndOfRun({ ...parts, gate, tree: createRunTree(store, keys) }).runEnded,
    workflow: createRunWorkflow({ ...parts, steps, events }),
    checkStart: createCheckStart({ principals: createPrincipals(identities, parts.clock) }),
    decisions: new DecisionLog({ ...parts, audit: createAuditLog(store, keys) }),
  };
}
