import { sendJson } from '../http/send.ts';
import type { Handler } from '../route.ts';

/** `GET /healthz`: the process runs and its event loop turns. Redis may be away: restarting would not help. */
export function getHealth(): Handler {
  return ({ response }) => sendJson(response, 200, { status: 'ok' });
}
