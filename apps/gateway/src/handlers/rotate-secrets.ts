import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { sendJson } from '../http/send.ts';
import type { Handler } from '../route.ts';
import { noteDone } from './note-done.ts';

/** Names of unreadable items that one answer holds. */
const NAMED_MAX = 1_000;

/** `POST /v1/secrets/rotate`: seals everything with the newest key; to be repeated until it is complete. */
export function rotateSecrets(deps: GatewayDependencies): Handler {
  return async (call) => {
    const { resealed, current, unreadable, isComplete } = await deps.rotateSecrets();
    const counts = { resealed, current, unreadable: unreadable.length, complete: isComplete };
    await noteDone(deps, call, 'secrets.rotate', 'secrets', counts);
    sendJson(call.response, 200, {
      resealed,
      current,
      unreadable: unreadable.slice(0, NAMED_MAX),
      complete: isComplete,
    });
  };
}
