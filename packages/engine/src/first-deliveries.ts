import { type Delivery, isTerminal, type RunRecord, type RunState, type Webhook } from '@runyard/domain';

/** How long it is tried to tell a receiver, from the first time on. */
export const DELIVER_FOR_MS = 24 * 3_600_000;

/** The receivers of the end of a run, none of whom was told. While the run has not ended, those that may be told. */
export function firstDeliveries({ spec, state }: RunRecord, nowMs: number): readonly Delivery[] {
  const ended = isTerminal(state);
  return (spec.notify ?? [])
    .map((webhook, number) => ({ webhook, id: `${spec.id}-${number}` }))
    .filter(({ webhook }) => !ended || wants(webhook, state))
    .map(({ webhook, id }) => ({
      id,
      webhook,
      state: ended ? 'pending' : 'waiting',
      attempts: 0,
      status: null,
      error: null,
      attemptedAtMs: null,
      nextAtMs: ended ? nowMs : null,
      untilMs: ended ? nowMs + DELIVER_FOR_MS : null,
    }));
}

function wants({ on }: Webhook, state: RunState): boolean {
  return on === undefined || on.includes(state);
}
