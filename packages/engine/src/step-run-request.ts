import {
  type CatalogView,
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
    below: { parent: spec, stepId: ref.step, onParentClose, ...(ref.device === '' ? {} : { device: ref.device }) },
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

function zoneOf({ timeZone: inherited }: RunSpec, { timeZone }: RunServiceStep): Pick<RunRequest, 'timeZone'> {
  const zone = timeZone === 'inherit' ? inherited : timeZone === 'default' ? undefined : timeZone;
  return zone === undefined ? {} : { timeZone: zone };
}

/** A step may name a service by its slug, as its address does. */
export function serviceNamed(text: string, view: CatalogView): string {
  return view.get('service', text) ? text : (serviceBySlug(view, text)?.item.name ?? text);
}
