import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { sendJson } from '../http/send.ts';
import type { Handler } from '../route.ts';
import { answersInTime } from './answers-in-time.ts';

/** `GET /readyz`: 200 while requests should come here. */
export function getReadiness({ ping, stopping }: GatewayDependencies): Handler {
  return async ({ response }) => {
    if (stopping.aborted) sendJson(response, 503, { status: 'stopping' });
    else if (await answersInTime(ping)) sendJson(response, 200, { status: 'ok' });
    else sendJson(response, 503, { status: 'unavailable' });
  };
}
