import type { AcceptedAnswer, RunAnswer } from '@runyard/contracts';
import { type DeviceCounts, isTerminal, type RunRecord, type RunSpec, type RunState } from '@runyard/domain';
import { runtimeText, timeText } from './runtime-text.ts';

/** The addresses about a run. */
export function runLinks(id: string): RunAnswer['links'] {
  const self = `/v1/runs/${id}`;
  return {
    self,
    devices: `${self}/devices`,
    events: `${self}/events`,
    log: `${self}/log`,
    cancel: `${self}/cancel`,
  };
}

/** The answer to an accepted run that is not waited for. */
export function acceptedAnswer(spec: RunSpec, state: RunState): AcceptedAnswer {
  return {
    id: spec.id,
    runtime: runtimeText(spec.createdAtUs),
    state,
    links: runLinks(spec.id),
    ...(spec.warnings ? { warnings: [...spec.warnings] } : {}),
  };
}

/** A run without its rows: of constant size, whatever it runs on. */
export function runAnswer(record: RunRecord): RunAnswer {
  const { spec } = record;
  return {
    id: spec.id,
    runtime: runtimeText(spec.createdAtUs),
    state: record.state,
    service: spec.service,
    version: spec.version,
    type: spec.type,
    runMethod: spec.runMethod,
    principal: spec.principal,
    actor: spec.actor,
    initiator: spec.initiator,
    door: spec.door,
    ...(spec.cluster === undefined ? {} : { cluster: spec.cluster }),
    ...(spec.timeZone === undefined ? {} : { timeZone: spec.timeZone }),
    ...(spec.check ? { check: true } : {}),
    counts: { ...record.counts },
    progress: progressOf(record.counts, isTerminal(record.state)),
    createdAt: timeText(Math.floor(spec.createdAtUs / 1_000)),
    startedAt: timeText(record.startedAtMs),
    endedAt: timeText(record.endedAtMs),
    // A run that is to end for another reason says so in its error.
    cancelRequested: record.cancelRequested && record.error === null,
    priority: spec.priority ?? 'normal',
    ...(spec.startByMs === undefined ? {} : { startBy: timeText(spec.startByMs) }),
    ...(spec.deadlineMs === undefined ? {} : { deadline: timeText(spec.deadlineMs) }),
    pause: pauseAnswer(record.pause),
    rollout: rolloutAnswer(record.rollout),
    error: record.error ? { ...record.error } : null,
    warnings: [...(spec.warnings ?? [])],
    targetErrors: [...(spec.targetErrors ?? [])],
    labels: { ...spec.labels },
    ...(spec.rerunOf === undefined ? {} : { rerunOf: spec.rerunOf }),
    ...(spec.endpoint === undefined ? {} : { endpoint: spec.endpoint }),
    ...lineageAnswer(spec),
    revision: record.revision,
    links: runLinks(spec.id),
  };
}

/** Where it hangs, when another run started it. */
function lineageAnswer({ parent }: RunSpec): Partial<RunAnswer> {
  if (!parent) return {};
  const { runId: parentRunId, rootRunId, stepId, chain } = parent;
  return { parentRunId, rootRunId, stepId, chain: chain.map((link) => ({ ...link })) };
}

/** The share of devices that are final, between 0 and 1. */
export function progressOf(counts: DeviceCounts, hasEnded: boolean): number {
  if (hasEnded) return 1;
  if (counts.total === 0) return 0;
  return (counts.total - counts.pending - counts.running) / counts.total;
}

function pauseAnswer(pause: RunRecord['pause']): RunAnswer['pause'] {
  if (!pause) return null;
  const { atMs, by, reason } = pause;
  return { at: timeText(atMs), by, ...(reason === undefined ? {} : { reason }) };
}

function rolloutAnswer(rollout: RunRecord['rollout']): RunAnswer['rollout'] {
  return rollout && { batch: rollout.batch, batches: rollout.batches, nextAt: timeText(rollout.nextAtMs) };
}
