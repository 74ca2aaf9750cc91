import {
  createdAtUsOf,
  type Delivery,
  type DeliveryStore,
  isTerminal,
  type RunDeliveries,
  type RunId,
  type RunRecord,
  type RunStore,
} from '@runyard/domain';
import { attemptDelivery, type AttemptDependencies, originOf } from './attempt-delivery.ts';
import { DELIVER_FOR_MS, firstDeliveries } from './first-deliveries.ts';
import type { OpenAttempts } from './open-attempts.ts';

export interface DeliverRunDependencies extends AttemptDependencies {
  readonly runs: Pick<RunStore, 'get'>;
  readonly deliveries: DeliveryStore;
  /** JSON of a run as callers see it. */
  readonly render: (record: RunRecord) => string;
  readonly attempts: OpenAttempts;
}

/**
 * Tells those who may be told now. Gives when to look at the run again; null when there is nothing to do any more. It does
 * not wait for a receiver that takes its time while another one of the run has a time of its own: that attempt goes on, and
 * has the run looked at when it ends. Not to be called for one run twice at once.
 */
export type DeliverRun = (runId: RunId, signal: AbortSignal) => Promise<number | null>;

const LOOK_AGAIN_MS_MIN = 5_000;
const LOOK_AGAIN_MS_MAX = 60_000;
/** In a Cluster a run is enlisted a moment before its record is there. */
const LOST_AFTER_MS = 60_000;
/** By then an attempt that began now has ended, or its process did. */
const ATTEMPT_MS_MAX = 15_000;
const DAY_MS = 86_400_000;

/** Whoever dies here has others find the run again, and a receiver that was told but not ticked off is told again. */
export function createDeliverRun(deps: DeliverRunDependencies): DeliverRun {
  const { runs, deliveries, clock } = deps;
  return async (runId, signal) => {
    // Before the look: how one of them ends may not be written yet when the look is done.
    const open = new Map(deps.attempts.of(runId));
    let begun = await deliveries.read(runId);
    if (!begun) {
      const record = await runs.get(runId);
      if (!record || !isTerminal(record.state)) return lookAgainAt(runId, record, clock.nowMs());
      begun = await begin(record);
    }
    const times = beginAttempts(deps, runId, begun, open, signal);
    while (open.size > 0 && times.length === 0) {
      const { id, nextAtMs } = await Promise.race(open.values());
      open.delete(id);
      if (nextAtMs !== null) times.push(nextAtMs);
    }
    for (const left of open.values()) lookAfter(deps, runId, left, signal);
    if (open.size > 0) times.push(clock.nowMs() + ATTEMPT_MS_MAX);
    if (times.length > 0) return Math.min(...times);
    if (begun.deliveries.length > 0) await deliveries.settle(runId);
    return null;
  };

  async function begin(record: RunRecord): Promise<RunDeliveries> {
    const { spec, state } = record;
    const first = firstDeliveries(record, clock.nowMs());
    const begun = { run: deps.render(record), event: state, deliveries: first };
    // Longer than it is tried, and as long as the record tells of it.
    const lifeMs = Math.max(DELIVER_FOR_MS, spec.keep.days * DAY_MS) + DAY_MS;
    if (first.length > 0) await deliveries.begin(spec.id, begun, lifeMs);
    return begun;
  }
}

/** Adds an attempt to the open ones for each receiver that may be told now, and gives the times of those that may not. */
function beginAttempts(
  deps: DeliverRunDependencies,
  runId: RunId,
  { run, event, deliveries: all }: RunDeliveries,
  open: Map<string, Promise<Delivery>>,
  signal: AbortSignal,
): number[] {
  const nowMs = deps.clock.nowMs();
  const times: number[] = [];
  for (const delivery of all) {
    if (delivery.nextAtMs === null || open.has(delivery.id)) continue;
    const waitMs =
      delivery.nextAtMs > nowMs ? delivery.nextAtMs - nowMs : deps.origins.enter(originOf(delivery), nowMs);
    if (waitMs !== null) {
      times.push(nowMs + waitMs);
      continue;
    }
    const begun = attemptDelivery(deps, runId, { run, event, delivery }, signal);
    open.set(delivery.id, begun);
    deps.attempts.add(runId, delivery.id, begun);
  }
  return times;
}

/** An attempt that nobody waits for: when it has ended, it is time for what comes next. */
function lookAfter(
  { deliveries, log }: DeliverRunDependencies,
  runId: RunId,
  left: Promise<Delivery>,
  signal: AbortSignal,
): void {
  const hasten = async (): Promise<void> => {
    await left;
    if (!signal.aborted) await deliveries.hasten(runId);
  };
  hasten().catch((error: unknown) => {
    if (!signal.aborted) log.warn('telling a receiver of a run failed', { runId, error });
  });
}

/** Its end has it looked at too; this is for those whose end was not told on. */
function lookAgainAt(runId: RunId, record: RunRecord | null, nowMs: number): number | null {
  const ageMs = nowMs - createdAtUsOf(runId) / 1_000;
  if (!record && ageMs > LOST_AFTER_MS) return null;
  return nowMs + Math.round(Math.min(Math.max(ageMs / 2, LOOK_AGAIN_MS_MIN), LOOK_AGAIN_MS_MAX));
}
