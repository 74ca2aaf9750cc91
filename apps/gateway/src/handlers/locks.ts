import type { LockAnswer } from '@runyard/contracts';
import type { LockView } from '@runyard/domain';
import { lockNotFound } from '@runyard/engine';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { sendJson } from '../http/send.ts';
import { callerOf, type Handler } from '../route.ts';
import { timeText } from '../views/runtime-text.ts';
import { pageOf } from './page-query.ts';

/** `GET /v1/locks`: those that are held, by key. */
export function listLocks({ locks }: GatewayDependencies): Handler {
  return async ({ query, response }) => {
    const { cursor, limit } = pageOf(query);
    const page = await locks.list(cursor, limit);
    sendJson(response, 200, { items: page.items.map(lockAnswer), cursor: page.cursor });
  };
}

/** `GET /v1/locks/{key}`. */
export function getLock({ locks }: GatewayDependencies): Handler {
  return async ({ params, response }) => {
    const key = params['key'] ?? '';
    const lock = await locks.get(key);
    if (!lock) throw lockNotFound(key);
    sendJson(response, 200, lockAnswer(lock));
  };
}

/** `DELETE /v1/locks/{key}`: answers with the lock as it was. */
export function breakLock(deps: GatewayDependencies): Handler {
  return async (call) => {
    const caller = { principal: callerOf(call), door: 'native' } as const;
    sendJson(call.response, 200, lockAnswer(await deps.breakLock(call.params['key'] ?? '', caller)));
  };
}

function lockAnswer({ key, holder, token, heldSinceMs, expiresAtMs, waiting }: LockView): LockAnswer {
  const { runId, device, service, principal } = holder;
  return {
    key,
    holder: { runId, device, service, principal },
    token,
    heldSince: timeText(heldSinceMs),
    expiresAt: timeText(expiresAtMs),
    waiting,
  };
}
