import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { sendText } from '../http/send.ts';
import type { Handler } from '../route.ts';

/** `GET /metrics` for Prometheus. */
export function getMetrics({ metrics }: GatewayDependencies): Handler {
  return async ({ response }) => {
    const { mediaType, text } = await metrics.render();
    sendText(response, 200, mediaType, text);
  };
}
