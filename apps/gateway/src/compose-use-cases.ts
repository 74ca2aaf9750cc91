import { createRotateSecrets, type RotateSecretsDependencies } from '@runyard/catalog';
import type { AuditLog, IdempotencyStore, LockStore, RunEvents, RunStore, RunTree, StepStore } from '@runyard/domain';
import {
  type AcceptRun,
  type AcceptRunDependencies,
  createAcceptOnce,
  createAnswerStep,
  createBreakLock,
  createCancelRun,
  createPauseCluster,
  createPauseRun,
  createReadTree,
  createRerunRun,
  createWaitForRun,
  type CancelRunDependencies,
  type PauseClusterDependencies,
} from '@runyard/engine';
import { composeGatewayManager, type GatewayManagerParts } from './compose-gateway-manager.ts';
import type { GatewayDependencies } from './gateway-dependencies.ts';

export interface UseCaseParts
  extends CancelRunDependencies, Omit<PauseClusterDependencies, 'audit'>, Omit<RotateSecretsDependencies, 'clock'> {
  readonly control: CancelRunDependencies['control'] & GatewayManagerParts['questions'];
  readonly accept: AcceptRun;
  /** The runs as `accept` writes them. */
  readonly acceptedRuns: RunStore;
  readonly queue: AcceptRunDependencies['queue'];
  readonly ids: AcceptRunDependencies['ids'];
  readonly idempotency: IdempotencyStore;
  readonly events: RunEvents;
  readonly locks: LockStore;
  readonly audit: AuditLog;
  readonly steps: StepStore;
  readonly tree: RunTree;
  readonly clusterRecords: GatewayManagerParts['store'];
}

/** What callers can have done. */
type UseCases = Pick<
  GatewayDependencies,
  | 'acceptRun'
  | 'acceptOnce'
  | 'rerunRun'
  | 'cancelRun'
  | 'pauseRun'
  | 'pauseCluster'
  | 'breakLock'
  | 'answerStep'
  | 'readTree'
  | 'waitForRun'
  | 'rotateSecrets'
  | 'gatewayManager'
>;

export function composeUseCases(parts: UseCaseParts): UseCases {
  const { accept } = parts;
  return {
    acceptRun: accept,
    acceptOnce: createAcceptOnce({ ...parts, runs: parts.acceptedRuns, keys: parts.idempotency }),
    rerunRun: createRerunRun(parts),
    cancelRun: createCancelRun(parts),
    pauseRun: createPauseRun(parts),
    pauseCluster: createPauseCluster(parts),
    breakLock: createBreakLock(parts),
    answerStep: createAnswerStep(parts),
    readTree: createReadTree(parts),
    waitForRun: createWaitForRun(parts),
    rotateSecrets: createRotateSecrets(parts),
    gatewayManager: composeGatewayManager({ ...parts, store: parts.clusterRecords, questions: parts.control }),
  };
}
