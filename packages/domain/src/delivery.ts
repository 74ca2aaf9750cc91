import type { RunState } from './run-state.ts';
import type { RunError, RunId } from './run.ts';
import type { Webhook } from './webhook.ts';

/** `waiting`: the run has not ended. `failed`: given up. */
export type DeliveryState = 'waiting' | 'pending' | 'delivered' | 'failed';

/** How far one receiver of the end of one run is told. */
export interface Delivery {
  /** The same at each attempt, so that a receiver knows what it has seen. */
  readonly id: string;
  readonly webhook: Webhook;
  readonly state: DeliveryState;
  readonly attempts: number;
  /** HTTP status of the last answer; null when there was none. */
  readonly status: number | null;
  /** Why the last attempt did not succeed. */
  readonly error: RunError | null;
  readonly attemptedAtMs: number | null;
  /** When the next attempt may begin; null when there is none. */
  readonly nextAtMs: number | null;
  /** No attempt begins after that. */
  readonly untilMs: number | null;
}

/** What is sent about a run that ended, and to whom; kept apart from its record, which may go before. */
export interface RunDeliveries {
  /** JSON of the run as callers see it; empty when everybody was told or given up. */
  readonly run: string;
  /** The state in which it ended. */
  readonly event: RunState;
  readonly deliveries: readonly Delivery[];
}

/**
 * Which runs are to be looked at for their deliveries, and how far those are. The run store enlists a run that has
 * receivers together with its record, so that none is forgotten, however it ends.
 */
export interface DeliveryStore {
  /** Runs to look at now. Nobody else gets them before `untilMs`, unless they are hastened. */
  take(nowMs: number, untilMs: number, limit: number): Promise<readonly RunId[]>;
  /** The run ended: it is looked at now. Does nothing when it is not looked after. */
  hasten(runId: RunId): Promise<void>;
  /** Looks at a taken run again at that time; null: not any more. Does nothing when it was hastened or taken since. */
  putBack(runId: RunId, takenUntilMs: number, nextMs: number | null): Promise<void>;
  /** Null when nothing was begun. */
  read(runId: RunId): Promise<RunDeliveries | null>;
  /** Writes down what is to be sent, unless that was done before. It is kept for so many milliseconds. */
  begin(runId: RunId, begun: RunDeliveries, lifeMs: number): Promise<void>;
  save(runId: RunId, delivery: Delivery): Promise<void>;
  /** Nobody is to be told any more: keeps how it went, and drops what was sent. */
  settle(runId: RunId): Promise<void>;
}

export interface NotificationMessage {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body: string;
  /** Signs the body. */
  readonly secret: string;
}

/** Sends one message. Gives the HTTP status; rejects with ADDRESS_FORBIDDEN or DELIVERY_FAILED. */
export interface NotificationSender {
  send(message: NotificationMessage, signal: AbortSignal): Promise<number>;
}

/** Milliseconds before the attempt after so many; half of it is by chance. `random` is in [0, 1). */
export function deliveryDelayMs(attempts: number, random: number): number {
  const grown = Math.min(FIRST_DELAY_MS * 2 ** Math.min(attempts - 1, 30), DELAY_MS_MAX);
  return Math.round(grown / 2 + (grown / 2) * random);
}

const FIRST_DELAY_MS = 2_000;
const DELAY_MS_MAX = 3_600_000;
