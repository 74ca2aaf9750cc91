import {
  type Clock,
  createdAtUsOf,
  type Delivery,
  deliveryDelayMs,
  type DeliveryStore,
  isAppError,
  isTerminal,
  type Log,
  type NotificationSender,
  type RunDeliveries,
  type RunError,
  type RunId,
  type RunRecord,
  type RunStore,
} from '@runyard/domain';
import { DELIVER_FOR_MS, firstDeliveries } from './first-deliveries.ts';
import type { OriginLimits } from './origin-limits.ts';

export type AttemptOutcome = 'delivered' | 'retried' | 'failed';

export interface DeliverRunDependencies {
  readonly runs: Pick<RunStore, 'get'>;
  readonly deliveries: DeliveryStore;
  readonly sender: NotificationSender;
  /** The value of a secret of the catalog. */
  readonly secret: (name: string) => Promise<string>;
  /** Signs for receivers that name no secret. */
  readonly ownSecret: string;
  /** JSON of a run as callers see it. */
  readonly render: (record: RunRecord) => string;
  readonly origins: OriginLimits;
  /** Told of each attempt. `retried`: it failed and is tried again. */
  readonly onAttempt?: (outcome: AttemptOutcome) => void;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly log: Log;
}

/** Tells those who may be told now. Gives when to look at the run again; null when there is nothing to do any more. */
export type DeliverRun = (runId: RunId, signal: AbortSignal) => Promise<number | null>;

const LOOK_AGAIN_MS_MIN = 5_000;
const LOOK_AGAIN_MS_MAX = 60_000;
/** In a Cluster a run is enlisted a moment before its record is there. */
const LOST_AFTER_MS = 60_000;
const DAY_MS = 86_400_000;

/** Whoever dies here has others find the run again, and a receiver that was told but not ticked off is told again. */
export function createDeliverRun(deps: DeliverRunDependencies): DeliverRun {
  const { runs, deliveries, clock } = deps;
  return async (runId, signal) => {
    let begun = await deliveries.read(runId);
    if (!begun) {
      const record = await runs.get(runId);
      if (!record || !isTerminal(record.state)) return lookAgainAt(runId, record, clock.nowMs());
      begun = await begin(record);
    }
    const { run, event } = begun;
    const after = await Promise.all(
      begun.deliveries.map((delivery) => attempt(runId, { run, event, delivery }, signal)),
    );
    const next = after.flatMap(({ nextAtMs }) => (nextAtMs === null ? [] : [nextAtMs]));
    if (next.length > 0) return Math.min(...next);
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

  async function attempt(runId: RunId, message: Message, signal: AbortSignal): Promise<Delivery> {
    const { delivery } = message;
    const nowMs = clock.nowMs();
    if (delivery.nextAtMs === null || delivery.nextAtMs > nowMs) return delivery;
    const { origin } = new URL(delivery.webhook.url);
    const waitMs = deps.origins.enter(origin, nowMs);
    if (waitMs !== null) return { ...delivery, nextAtMs: nowMs + waitMs };
    let after: Delivery;
    try {
      after = afterAttempt(deps, delivery, await outcomeOf(deps, message, signal));
    } finally {
      deps.origins.leave(origin, clock.nowMs() - nowMs);
    }
    // A message that was cut off because this process stops says nothing about its receiver.
    if (signal.aborted && after.state !== 'delivered') return delivery;
    await deliveries.save(runId, after);
    deps.onAttempt?.(OUTCOMES[after.state]);
    return after;
  }
}

const OUTCOMES: Readonly<Record<Delivery['state'], AttemptOutcome>> = {
  delivered: 'delivered',
  failed: 'failed',
  pending: 'retried',
  waiting: 'retried',
};

interface Message extends Pick<RunDeliveries, 'run' | 'event'> {
  readonly delivery: Delivery;
}

type Outcome = Pick<Delivery, 'status' | 'error'>;

async function outcomeOf(deps: DeliverRunDependencies, message: Message, signal: AbortSignal): Promise<Outcome> {
  const { run, event, delivery } = message;
  const { url, secret } = delivery.webhook;
  try {
    const status = await deps.sender.send(
      {
        url,
        secret: secret === undefined ? deps.ownSecret : await deps.secret(secret),
        headers: { 'x-runyard-delivery': delivery.id, 'x-runyard-event': event },
        body: `{"event":${JSON.stringify(event)},"deliveryId":${JSON.stringify(delivery.id)},"run":${run}}`,
      },
      signal,
    );
    const isTaken = status >= 200 && status < 300;
    return { status, error: isTaken ? null : refused(`The receiver answered with the status ${status}`) };
  } catch (error) {
    const known = isAppError(error) ? error : refused('The notification could not be sent');
    return { status: null, error: { code: known.code, message: known.message } };
  }
}

function refused(message: string): RunError {
  return { code: 'DELIVERY_FAILED', message };
}

/** Gone for good: nobody need ask again. */
const GONE = 410;

function afterAttempt(
  { clock, random, log }: DeliverRunDependencies,
  delivery: Delivery,
  { status, error }: Outcome,
): Delivery {
  const nowMs = clock.nowMs();
  const attempts = delivery.attempts + 1;
  const tried = { ...delivery, attempts, status, error, attemptedAtMs: nowMs };
  if (error === null) return { ...tried, state: 'delivered', nextAtMs: null };
  const nextAtMs = nowMs + deliveryDelayMs(attempts, random());
  const isHopeless = status === GONE || error.code === 'ADDRESS_FORBIDDEN';
  if (!isHopeless && nextAtMs <= (delivery.untilMs ?? 0)) return { ...tried, nextAtMs };
  log.warn('a receiver of the end of a run is given up', { deliveryId: delivery.id, attempts, code: error.code });
  return { ...tried, state: 'failed', nextAtMs: null };
}

/** Its end has it looked at too; this is for those whose end was not told on. */
function lookAgainAt(runId: RunId, record: RunRecord | null, nowMs: number): number | null {
  const ageMs = nowMs - createdAtUsOf(runId) / 1_000;
  if (!record && ageMs > LOST_AFTER_MS) return null;
  return nowMs + Math.round(Math.min(Math.max(ageMs / 2, LOOK_AGAIN_MS_MIN), LOOK_AGAIN_MS_MAX));
}
