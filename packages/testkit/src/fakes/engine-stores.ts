import { rightsRevisionOf } from '@runyard/domain';
import { DecisionLog } from '@runyard/engine';
import { createPrincipals } from '@runyard/identity';
import { sampleUser } from '../conformance/identity-store.ts';
import { CountingRunIds } from './counting-run-ids.ts';
import { MemoryAuditLog } from './memory-audit-log.ts';
import { MemoryCatalogStore } from './memory-catalog-store.ts';
import { MemoryControlChannel } from './memory-control-channel.ts';
import { MemoryIdentityStore } from './memory-identity-store.ts';
import { MemoryLockStore } from './memory-lock-store.ts';
import { MemoryLog } from './memory-log.ts';
import { MemoryRunEvents } from './memory-run-events.ts';
import { MemoryRunGate } from './memory-run-gate.ts';
import { MemoryRunQueue } from './memory-run-queue.ts';
import { MemoryRunStore } from './memory-run-store.ts';
import { MemoryRunTree } from './memory-run-tree.ts';
import { MemoryStepStore } from './memory-step-store.ts';
import { MemoryWorkerRegistry } from './memory-worker-registry.ts';
import { TestClock } from './test-clock.ts';

/** Everything that gateways and workers share, in memory. The user `ada` is an administrator. */
export function engineStores() {
  const clock = new TestClock();
  const log = new MemoryLog();
  const catalog = new MemoryCatalogStore(clock);
  const identities = new MemoryIdentityStore();
  const audit = new MemoryAuditLog(clock);
  const events = new MemoryRunEvents();
  const onChange = (runId: string) => events.changedNow(runId);
  const rightsRevision = () => rightsRevisionOf(identities.changeCount, catalog.lastView().revision);
  const runs = new MemoryRunStore({ clock, onChange, rightsRevision, audit });
  void identities.putUser({ ...ADA });
  return {
    clock,
    log,
    catalog,
    identities,
    principals: createPrincipals(identities, clock),
    audit,
    decisions: new DecisionLog({ audit, clock, log }),
    events,
    runs,
    steps: new MemoryStepStore({ records: runs.records, onChange }),
    tree: new MemoryRunTree(),
    queue: new MemoryRunQueue(clock),
    lockStore: new MemoryLockStore(clock),
    control: new MemoryControlChannel(),
    workers: new MemoryWorkerRegistry(clock),
    gate: new MemoryRunGate(),
    ids: new CountingRunIds(clock),
  };
}

export type EngineStores = ReturnType<typeof engineStores>;

const ADA = sampleUser('ada', { roles: ['administrator'] });
