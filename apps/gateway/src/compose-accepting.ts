import { createInputValidator } from '@runyard/contracts';
import { AdmissionControl, ClusterRuleBook, createAcceptRun, type AcceptRun, type DecisionLog } from '@runyard/engine';
import type { BullRunQueue } from '@runyard/queue';
import { readMemoryUse } from '@runyard/redis';
import { createReplicated } from '@runyard/store';
import type { Log, RunStore } from '@runyard/domain';
import type { Stores } from './compose-stores.ts';

export interface AcceptingParts extends Pick<
  Stores,
  'connection' | 'catalog' | 'runs' | 'ids' | 'clusterRecords' | 'tree' | 'audit'
> {
  /** The revision of users that this gateway saw last. */
  readonly identityRevision: () => number;
  readonly decisions: DecisionLog;
  readonly queue: BullRunQueue;
  readonly queueJobsMax: number;
  /** When a run counts as accepted. */
  readonly durability: 'local' | 'replicated';
  readonly log: Log;
}

/** How runs are accepted, and what keeps them from it: no room, or the rules of a cluster. */
export interface Accepting {
  readonly accept: AcceptRun;
  /** The runs as they are accepted: written to as many copies as `durability` says. */
  readonly acceptedRuns: RunStore;
  readonly admission: AdmissionControl;
  readonly clusterRules: ClusterRuleBook;
}

export function composeAccepting({ connection, runs, queue, durability, ...parts }: AcceptingParts): Accepting {
  const gauge = {
    read: async (clusters: readonly string[]) => ({
      ...(await readMemoryUse(connection)),
      ...(await queue.waiting(clusters)),
    }),
  };
  const admission = new AdmissionControl({ ...parts, gauge });
  const clusterRules = new ClusterRuleBook({ store: parts.clusterRecords, log: parts.log });
  const durable = durability === 'replicated' ? createReplicated(connection, runs, queue) : { runs, queue };
  const accept = createAcceptRun({ ...parts, ...durable, inputs: createInputValidator(), admission, clusterRules });
  return { accept, acceptedRuns: durable.runs, admission, clusterRules };
}
