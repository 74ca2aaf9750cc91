export {
  type AcceptOnce,
  type AcceptOnceAnswer,
  type AcceptOnceDependencies,
  createAcceptOnce,
} from './accept-once.ts';
export { type AcceptRun, type AcceptRunAnswer, type AcceptRunDependencies, createAcceptRun } from './accept-run.ts';
export {
  type Admission,
  AdmissionControl,
  type AdmissionDependencies,
  type Load,
  type LoadGauge,
} from './admission.ts';
export { type BreakLock, type BreakLockDependencies, createBreakLock, lockNotFound } from './break-lock.ts';
export { type CancelRun, type CancelRunDependencies, createCancelRun } from './cancel-run.ts';
export { ClusterPauseWatch, type ClusterPauseWatchDependencies } from './cluster-pause-watch.ts';
export type { BeginPermits, DeviceGates, IdleSlice, LockHolding, PlaceKeeper } from './device-gates.ts';
export { ClusterRate, type ClusterRateDependencies } from './cluster-rate.ts';
export { createExplainRun, type ExplainRun, type ExplainRunDependencies, type RunExplanation } from './explain-run.ts';
export { Expirer, type ExpirerDependencies } from './expirer.ts';
export { followClusterPause, type PausableQueues } from './follow-cluster-pause.ts';
export { createPauseCluster, type PauseCluster, type PauseClusterDependencies } from './pause-cluster.ts';
export { createPauseRun, type PauseRun, type PauseRunDependencies } from './pause-run.ts';
export { type Certificates, type CertificateView, createCertificates } from './gateway-manager/certificates.ts';
export { ClusterRuleBook, type ClusterRuleBookDependencies } from './gateway-manager/cluster-rules.ts';
export {
  type ClusterService,
  type ClusterServices,
  createClusterServices,
} from './gateway-manager/cluster-services.ts';
export { type Connections, createConnections } from './gateway-manager/connections.ts';
export { createGateways, type GatewayChange, type Gateways } from './gateway-manager/gateways.ts';
export { readCertificate } from './gateway-manager/read-certificate.ts';
export { serviceIdOf, uuidOf } from './gateway-manager/record-ids.ts';
export {
  createServiceGroups,
  type ServiceGroupChange,
  type ServiceGroups,
  type ServiceGroupView,
} from './gateway-manager/service-groups.ts';
export { createProver, isProven, type Prove, type Proven } from './gateway-manager/worker-proof.ts';
export { inputsOf } from './inputs-of.ts';
export { createListDeliveries, type ListDeliveries, type ListDeliveriesDependencies } from './list-deliveries.ts';
export { createMendGate, type MendGate, type MendGateDependencies } from './mend-gate.ts';
export type { AttemptOutcome } from './attempt-delivery.ts';
export { Notifier, type NotifierDependencies } from './notifier.ts';
export { type AnswerStep, type AnswerStepDependencies, createAnswerStep, type StepAnswer } from './answer-step.ts';
export { type CheckStart, type CheckStartDependencies, createCheckStart } from './check-start.ts';
export { createEndOfRun, type EndOfRun, type EndOfRunDependencies } from './end-of-run.ts';
export { createReadTree, type ReadTree, type ReadTreeDependencies, type RunBranch } from './read-tree.ts';
export { createStartStepRun, type StartStepRun, type StartStepRunDependencies } from './start-step-run.ts';
export { createRunWorkflow, type RunWorkflow } from './workflow/run-workflow.ts';
export type { WorkflowTools } from './workflow/step-context.ts';
export { canRun } from './missing-type.ts';
export { type Decision, DecisionLog, type DecisionLogDependencies } from './decision-log.ts';
export { OrderWatch } from './order-watch.ts';
export { DeviceLocks, type DeviceLocksDependencies, type HeldLock } from './device-locks.ts';
export { createPlanRun, type PlanRun, type PlanRunDependencies } from './plan-run.ts';
export { createRaiseWaiting, type RaiseWaiting } from './raise-waiting.ts';
export { Pruner, type PrunerDependencies } from './pruner.ts';
export { Reconciler, type ReconcilerDependencies } from './reconciler.ts';
export {
  createRerunRun,
  type RerunOnly,
  type RerunOrder,
  type RerunRun,
  type RerunRunDependencies,
} from './rerun-run.ts';
export { ScheduleFirer, type ScheduleFirerDependencies } from './fire-schedules.ts';
export { createRunEnded, type RunEnded, type RunEndedDependencies } from './run-ended.ts';
export { type Caller, RUN_DEVICES_MAX, type RunRequest } from './run-request.ts';
export { scheduleCaller, scheduleRequest } from './schedule-request.ts';
export { createRunSlice, type RunSlice, type RunSliceDependencies } from './run-slice.ts';
export { SlicePlaces } from './slice-places.ts';
export { createTaskResources, type TaskResources } from './task-resources.ts';
export { Slots } from './slots.ts';
export { createWaitForRun, type WaitForRun, type WaitForRunDependencies, type WaitOptions } from './wait-for-run.ts';
