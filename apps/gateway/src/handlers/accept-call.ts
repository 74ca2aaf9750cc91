import type { Door } from '@runyard/domain';
import type { AcceptOnceAnswer, RunRequest } from '@runyard/engine';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { readIdempotencyKey } from '../http/idempotency-key.ts';
import { lineageOf } from '../http/lineage.ts';
import { readTimeZone } from '../http/time-zone.ts';
import { type Call, runCallerOf } from '../route.ts';

/** Accepts the run that a call asks for: once only, when the call has an `Idempotency-Key`. */
export async function acceptCall(
  { acceptRun, acceptOnce, ...deps }: GatewayDependencies,
  call: Call,
  asked: RunRequest,
  door: Door,
): Promise<AcceptOnceAnswer> {
  const timeZone = asked.timeZone ?? readTimeZone(call.request);
  const lineage = lineageOf(deps, call.request);
  const request = {
    ...asked,
    ...(timeZone === undefined ? {} : { timeZone }),
    ...(lineage === null ? {} : { lineage }),
  };
  const caller = runCallerOf(call, door);
  const key = readIdempotencyKey(call.request);
  if (key === null) return acceptRun(request, caller);
  const answer = await acceptOnce(request, caller, { key, body: call.body ?? null });
  if (answer.kind === 'replayed') call.response.setHeader('Idempotency-Replayed', 'true');
  return answer;
}
