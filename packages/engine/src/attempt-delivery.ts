import {
  type Clock,
  type Delivery,
  deliveryDelayMs,
  type DeliveryStore,
  isAppError,
  type Log,
  type NotificationSender,
  type RunDeliveries,
  type RunError,
  type RunId,
} from '@runyard/domain';
import type { OriginLimits } from './origin-limits.ts';

export type AttemptOutcome = 'delivered' | 'retried' | 'failed';

export interface AttemptDependencies {
  readonly deliveries: Pick<DeliveryStore, 'save'>;
  readonly sender: NotificationSender;
  /** The value of a secret of the catalog. */
  readonly secret: (name: string) => Promise<string>;
  /** Signs for receivers that name no secret. */
  readonly ownSecret: string;
  readonly origins: OriginLimits;
  /** Told of each attempt. `retried`: it failed and is tried again. */
  readonly onAttempt?: (outcome: AttemptOutcome) => void;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly log: Log;
}

interface Message extends Pick<RunDeliveries, 'run' | 'event'> {
  readonly delivery: Delivery;
}

/** One attempt to tell a receiver, after `enter` of its origin. What comes of it is written down before it resolves. */
export async function attemptDelivery(
  deps: AttemptDependencies,
  runId: RunId,
  message: Message,
  signal: AbortSignal,
): Promise<Delivery> {
  const { clock, deliveries, origins } = deps;
  const { delivery } = message;
  const begunAtMs = clock.nowMs();
  let after: Delivery;
  try {
    after = afterAttempt(deps, delivery, await outcomeOf(deps, message, signal));
  } finally {
    origins.leave(originOf(delivery), clock.nowMs() - begunAtMs);
  }
  // A message that was cut off because this process stops says nothing about its receiver.
  if (signal.aborted && after.state !== 'delivered') return delivery;
  await deliveries.save(runId, after);
  deps.onAttempt?.(OUTCOMES[after.state]);
  return after;
}

export function originOf({ webhook }: Pick<Delivery, 'webhook'>): string {
  return new URL(webhook.url).origin;
}

const OUTCOMES: Readonly<Record<Delivery['state'], AttemptOutcome>> = {
  delivered: 'delivered',
  failed: 'failed',
  pending: 'retried',
  waiting: 'retried',
};

type Outcome = Pick<Delivery, 'status' | 'error'>;

async function outcomeOf(deps: AttemptDependencies, message: Message, signal: AbortSignal): Promise<Outcome> {
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
  { clock, random, log }: AttemptDependencies,
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
