import type { Principal } from '@runyard/domain';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { noteDenied } from '../note-denied.ts';
import { type Call, callerOf } from '../route.ts';

/** Does something as the caller. When he may not, that is written down, and nothing else of it. */
export async function asCaller<Result>(
  { decisions }: Pick<GatewayDependencies, 'decisions'>,
  call: Call,
  action: string,
  subject: string,
  work: (caller: Principal) => Promise<Result>,
): Promise<Result> {
  const caller = callerOf(call);
  try {
    return await work(caller);
  } catch (error) {
    await noteDenied(decisions, caller, { action, subject }, error);
    throw error;
  }
}
