import {
  isTerminal,
  type LockStore,
  type OpenSlice,
  type RunGate,
  type RunRecord,
  type RunSpec,
  type WorkerInfo,
  type Reason,
} from '@runyard/domain';
import { counted, lasting, listed, moment, reason } from './reason.ts';

/** What somebody, or its end, did to the run itself. */
export function stateReasons({ state, endedAtMs, error, cancelRequested, pause }: RunRecord): readonly Reason[] {
  const why = error ? ` ${error.message}` : '';
  if (isTerminal(state)) {
    const at = endedAtMs === null ? '' : ` at ${moment(endedAtMs)}`;
    const facts = endedAtMs === null ? {} : { sinceMs: endedAtMs };
    return [reason('ended', `It has ended as ${state}${at}; nothing waits.${why}`, facts)];
  }
  if (cancelRequested) {
    return [reason('ending', `It is to end: nothing of it begins any more, devices in work are let go.${why}`)];
  }
  if (!pause) return [];
  const { by, atMs, reason: text } = pause;
  const who = by === 'rollout' ? 'by its rollout' : `by ${by}`;
  const message = `It was paused ${who} at ${moment(atMs)}${text ? `: ${text}` : ''}. Nothing of it begins until somebody resumes it.`;
  return [reason('paused', message, { by, sinceMs: atMs })];
}

/** Why a run has no slices yet. */
export function planReasons(
  { service, maxConcurrent }: RunSpec,
  gate: Awaited<ReturnType<RunGate['look']>> | null,
  plansWaiting: number,
): readonly Reason[] {
  if (maxConcurrent !== undefined && gate && gate.before !== null) {
    const { inside, before } = gate;
    const line = before === 0 ? 'it is the next' : `it has ${counted(before, 'run')} before it`;
    const message = `The service '${service}' has at most ${counted(maxConcurrent, 'run')} in work at once: ${listed(inside)}; ${line}.`;
    return [reason('max-concurrent', message, { limit: maxConcurrent, runs: inside.slice(0, 10), before })];
  }
  const before = Math.max(0, plansWaiting - 1);
  const line = before === 0 ? 'it is the next' : `it has about ${counted(before, 'run')} before it`;
  return [reason('planning', `It waits for its devices to be looked up and cut into slices; ${line}.`, { before })];
}

interface Progress {
  readonly open: readonly OpenSlice[];
  readonly isComplete: boolean;
  readonly locks: Awaited<ReturnType<LockStore['waitingOf']>>;
  readonly live: readonly WorkerInfo[];
  /** Devices of the run at once; undefined when it has no limit of its own. */
  readonly parallel: number | undefined;
}

/** How far a planned run has come, and what in itself holds it back. */
export function progressReasons(record: RunRecord, progress: Progress): readonly Reason[] {
  const { open, locks } = progress;
  const found = [
    rolloutReason(record),
    windowReason(record, progress),
    parallelReason(record, progress),
    ...locks.map(lockReason),
    runningReason(record, progress),
  ].filter((each) => each !== null);
  if (found.length > 0 || open.length > 0) return found;
  return [reason('moving', 'Nothing is in its way: it moves on within moments.')];
}

function rolloutReason({ rollout }: RunRecord): Reason | null {
  if (!rollout) return null;
  const facts = { batch: rollout.batch + 1, batches: rollout.batches };
  const where = `It goes batch by batch and is at batch ${facts.batch} of ${facts.batches}`;
  if (rollout.nextAtMs === null) return reason('rollout', `${where}, which is in work.`, facts);
  const message = `${where}, which has ended; the next one begins after ${moment(rollout.nextAtMs)}.`;
  return reason('rollout', message, { ...facts, untilMs: rollout.nextAtMs });
}

/** Slices of later batches are the business of the rollout. */
function windowReason({ rollout }: RunRecord, { open, isComplete }: Progress): Reason | null {
  const slices = open.filter(({ isReleased }) => !isReleased).length;
  if (rollout || slices === 0) return null;
  const count = `${isComplete ? '' : 'at least '}${counted(slices, 'slice')}`;
  return reason('window', `It has ${count} that come into the queue when earlier ones of it are done.`, { slices });
}

function parallelReason({ counts }: RunRecord, { parallel }: Progress): Reason | null {
  if (parallel === undefined || counts.pending === 0 || counts.running === 0) return null;
  const message = `It has at most ${counted(parallel, 'device')} in work at once (parallel); ${counts.pending} have not begun.`;
  return reason('parallel', message, { limit: parallel, devices: counts.pending });
}

function lockReason({ device, key, heldBy }: Progress['locks'][number]): Reason {
  const who = device === '' ? 'It' : `The device '${device}'`;
  const holder = heldBy ? { run: heldBy.runId, device: heldBy.device } : null;
  const by = heldBy
    ? `which the run ${heldBy.runId} holds${heldBy.device === '' ? '' : ` for the device '${heldBy.device}'`}`
    : 'which nobody holds now';
  return reason('lock', `${who} waits for the lock '${key}', ${by}.`, { device, lock: key, heldBy: holder });
}

function runningReason({ counts }: RunRecord, { open, live }: Progress): Reason | null {
  const known = new Set(live.map(({ id }) => id));
  const owners = [...new Set(open.map(({ owner }) => owner ?? ''))].filter((owner) => known.has(owner));
  if (owners.length === 0) return null;
  const facts = { devices: counts.running, workers: owners.slice(0, 10) };
  const verb = counts.running === 1 ? 'is' : 'are';
  const message =
    counts.running > 0
      ? `${counted(counts.running, 'device')} ${verb} in work on the worker ${listed(owners)}.`
      : `The worker ${listed(owners)} has slices of it in hand; none of their devices has begun.`;
  return reason('running', message, facts);
}

/** Times after which it expires. */
export function timeReasons({ spec, startedAtMs }: RunRecord, nowMs: number): readonly Reason[] {
  const { startByMs, deadlineMs } = spec;
  const inTime = (untilMs: number): string =>
    untilMs > nowMs ? `${moment(untilMs)}, in ${lasting(untilMs - nowMs)}` : `${moment(untilMs)}, which is now over`;
  const found: Reason[] = [];
  if (startByMs !== undefined && startedAtMs === null) {
    found.push(reason('start-by', `It expires unless it begins by ${inTime(startByMs)}.`, { untilMs: startByMs }));
  }
  if (deadlineMs !== undefined) {
    found.push(reason('deadline', `It expires unless it ends by ${inTime(deadlineMs)}.`, { untilMs: deadlineMs }));
  }
  return found;
}
