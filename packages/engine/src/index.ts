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
export { type CancelRun, type CancelRunDependencies, createCancelRun } from './cancel-run.ts';
export { CancelWatch } from './cancel-watch.ts';
export { createPlanRun, type PlanRun, type PlanRunDependencies } from './plan-run.ts';
export { Reconciler, type ReconcilerDependencies } from './reconciler.ts';
export { createRerunRun, type RerunOnly, type RerunRun, type RerunRunDependencies } from './rerun-run.ts';
export { type Caller, RUN_DEVICES_MAX, type RunRequest } from './run-request.ts';
export { createRunSlice, type RunSlice, type RunSliceDependencies } from './run-slice.ts';
export { Slots } from './slots.ts';
export { createWaitForRun, type WaitForRun, type WaitForRunDependencies, type WaitOptions } from './wait-for-run.ts';
