import type { DeliveriesAnswer } from '@runyard/contracts';
import type { Delivery } from '@runyard/domain';
import { timeText } from './runtime-text.ts';

/** A receiver without what follows the question mark of its address, where tokens stand. */
export function deliveryAnswer(delivery: Delivery): DeliveriesAnswer['items'][number] {
  const { url, on } = delivery.webhook;
  const { origin, pathname } = new URL(url);
  return {
    id: delivery.id,
    url: `${origin}${pathname}`,
    ...(on === undefined ? {} : { on: [...on] }),
    state: delivery.state,
    attempts: delivery.attempts,
    status: delivery.status,
    error: delivery.error ? { ...delivery.error } : null,
    attemptedAt: timeText(delivery.attemptedAtMs),
    nextAt: timeText(delivery.nextAtMs),
  };
}
