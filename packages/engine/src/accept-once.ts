import { createHash } from 'node:crypto';
import {
  AppError,
  type Clock,
  type IdempotencyRecord,
  type IdempotencyScope,
  type IdempotencyStore,
  isAppError,
  isJsonObject,
  type JsonValue,
  type RunIds,
  type RunRecord,
  type RunStore,
} from '@runyard/domain';
import type { AcceptRun, AcceptRunAnswer } from './accept-run.ts';
import type { Caller, RunRequest } from './run-request.ts';

export interface AcceptOnceDependencies {
  readonly accept: AcceptRun;
  /** The store that `accept` writes to. */
  readonly runs: Pick<RunStore, 'get' | 'accept'>;
  readonly keys: IdempotencyStore;
  readonly ids: RunIds;
  readonly clock: Clock;
}

/** The caller's key, and the body that it stands for. */
interface OnceKey {
  readonly key: string;
  readonly body: JsonValue;
}

/** `replayed`: an earlier call with this key was accepted, and this is its run as it is now. */
export type AcceptOnceAnswer = AcceptRunAnswer | { readonly kind: 'replayed'; readonly record: RunRecord };

export type AcceptOnce = (request: RunRequest, caller: Caller, once: OnceKey) => Promise<AcceptOnceAnswer>;

/** A call that takes longer than this has died: accepting takes milliseconds. */
const CALL_DEAD_AFTER_MS = 30_000;
const RETRY_SECONDS = 1;

/**
 * Accepts a run once for each key of a caller, whatever dies. The run id is chosen and written beside the key before
 * the run is: whoever comes later either finds the run under that id or accepts it again under the very same one.
 * A call that was refused leaves no key behind. Rejects as AcceptRun does, and with IDEMPOTENCY_KEY_REUSED,
 * IDEMPOTENCY_IN_FLIGHT, or RUN_NOT_FOUND when the run of the key is not kept any more.
 */
export function createAcceptOnce({ accept, runs, keys, ids, clock }: AcceptOnceDependencies): AcceptOnce {
  return async (request, caller, { key, body }) => {
    if (request.dryRun) return accept(request, caller);
    const { kind, name, credentialId, services } = caller.principal;
    // A key that reaches few services must not get at runs of the others by a guess.
    const credential = services ? `:${credentialId}` : '';
    const scope: IdempotencyScope = { principal: `${kind}:${name}${credential}`, key };
    const { id, createdAtUs } = ids.next();
    const bodyHash = hashOf(caller, body);
    const own = { bodyHash, runId: id, createdAtUs, atMs: clock.nowMs(), accepted: false };
    const found = await keys.claim(scope, own);
    if (!found) return acceptAs(scope, own, null);
    if (found.bodyHash !== bodyHash) {
      throw new AppError('IDEMPOTENCY_KEY_REUSED', 'The Idempotency-Key came before with another body.');
    }
    const record = await runs.get(found.runId);
    if (record) {
      if (!found.accepted) await confirm(scope, found, record);
      return { kind: 'replayed', record };
    }
    if (found.accepted) {
      throw new AppError('RUN_NOT_FOUND', `The run ${found.runId} of this Idempotency-Key is not kept any more.`);
    }
    if (clock.nowMs() - found.atMs < CALL_DEAD_AFTER_MS) throw inFlight();
    return acceptAs(scope, await takeOver(scope, found), { ...found, atMs: 0 });

    /** `whenRefused`: what stays of the key when the run is refused; null when nothing may. */
    async function acceptAs(
      scope: IdempotencyScope,
      own: IdempotencyRecord,
      whenRefused: IdempotencyRecord | null,
    ): Promise<AcceptRunAnswer> {
      let answer: AcceptRunAnswer;
      try {
        answer = await accept({ ...request, chosen: { id: own.runId, createdAtUs: own.createdAtUs } }, caller);
      } catch (error) {
        // Without an answer of Redis the run may be there: then the key stays, and the next call need not wait.
        await settle(scope, own, isRefusal(error) ? whenRefused : { ...own, atMs: 0 });
        throw error;
      }
      await settle(scope, own, answer.kind === 'accepted' ? { ...own, accepted: true } : whenRefused);
      return answer;
    }
  };

  /** Of several callers one goes on with a record; the others come back. */
  async function takeOver(scope: IdempotencyScope, found: IdempotencyRecord): Promise<IdempotencyRecord> {
    const taken = { ...found, atMs: clock.nowMs() };
    if (await keys.replace(scope, found, taken)) return taken;
    throw inFlight();
  }

  /**
   * The run is there, but nobody said that it is as durable as was asked for: the first call is under way or died.
   * Taking over is a write behind that of the run, and what the store confirms then includes both.
   */
  async function confirm(scope: IdempotencyScope, found: IdempotencyRecord, { spec }: RunRecord): Promise<void> {
    const taken = await takeOver(scope, found);
    await runs.accept(spec, null);
    await settle(scope, taken, { ...taken, accepted: true });
  }

  /** What happened to the run does not depend on this: a key that stays as it was is judged by its age. */
  async function settle(scope: IdempotencyScope, own: IdempotencyRecord, next: IdempotencyRecord | null) {
    await keys.replace(scope, own, next).catch(() => false);
  }
}

function inFlight(): AppError {
  return new AppError('IDEMPOTENCY_IN_FLIGHT', 'The first call with this Idempotency-Key is still under way.', {
    retryAfter: RETRY_SECONDS,
  });
}

function isRefusal(error: unknown): boolean {
  return isAppError(error) && error.code !== 'STORE_UNAVAILABLE' && error.code !== 'INTERNAL';
}

/** The same for bodies that differ only in the order of their keys and in white space. */
function hashOf({ door, principal }: Caller, body: JsonValue): string {
  const whole = canonicalJson([door, principal.kind, principal.name, body]);
  return createHash('sha256').update(whole).digest('base64url');
}

function canonicalJson(value: JsonValue): string {
  return JSON.stringify(value, (_key, part: JsonValue) =>
    isJsonObject(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
  );
}
