import {
  type CatalogView,
  DEFAULT_TIME_ZONE,
  type RunRecord,
  type RunServiceStep,
  type RunSpec,
  serviceBySlug,
  type StepRecord,
  type StepRef,
} from '@runyard/domain';
import type { RunRequest } from './run-request.ts';

interface StepRunParts {
  readonly parent: RunRecord;
  readonly ref: StepRef;
  readonly step: RunServiceStep;
  readonly record: StepRecord;
  /** Name of the service. */
  readonly service: string;
  readonly nowMs: number;
}

/** What a step of a workflow asks for: what its definition says, with the params and devices that the worker rendered. */
export function stepRunRequest({ parent, ref, step, record, service, nowMs }: StepRunParts): RunRequest {
  const { spec } = parent;
  const { endpoint, runAs, pools = [], onParentClose } = step;
  const { params = {}, devices = [] } = record.request ?? {};
  return {
    service,
    targets: { devices, pools, ipAddresses: [] },
    targetRule: 'aggregate',
    ignoreInvalidTargets: false,
    params,
    payload: params,
    ...deadlineOf(parent, step, record, nowMs),
    ...zoneOf(spec, step),
    ...(spec.check ? { check: true } : {}),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(runAs === undefined ? {} : { runAs }),
    below: {
      parent: spec,
      stepId: ref.step,
      onParentClose,
      isAwaited: step.mode === 'wait',
      ...(ref.device === '' ? {} : { device: ref.device }),
    },
  };
}

/** It must have ended when the step's time, or that of the run above, is over. One that is let go may outlive both. */
function deadlineOf(
  { spec, startedAtMs }: RunRecord,
  { mode, onParentClose, timeoutMs }: RunServiceStep,
  record: StepRecord,
  nowMs: number,
): Pick<RunRequest, 'deadlineMs'> {
  if (mode === 'detach' && onParentClose === 'abandon') return {};
  const ends = [(startedAtMs ?? nowMs) + spec.runTimeoutMs];
  if (timeoutMs !== undefined) ends.push(record.startedAtMs + timeoutMs);
  return { deadlineMs: Math.min(...ends) };
}

/** A run without a zone is in UTC: who inherits that does not get the zone of his own service instead. */
function zoneOf(
  { timeZone: own = DEFAULT_TIME_ZONE }: RunSpec,
  { timeZone }: RunServiceStep,
): Pick<RunRequest, 'timeZone'> {
  if (timeZone === 'default') return {};
  return { timeZone: timeZone === 'inherit' ? own : timeZone };
}

/** A step may name a service by its slug, as its address does. */
export function serviceNamed(text: string, view: CatalogView): string {
  return view.get('service', text) ? text : (serviceBySlug(view, text)?.item.name ?? text);
}
