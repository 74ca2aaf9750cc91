import { AppError, type AuditLog, type LockStore, type LockView, may } from '@runyard/domain';
import type { Caller } from './run-request.ts';

export interface BreakLockDependencies {
  readonly locks: LockStore;
  readonly audit: Pick<AuditLog, 'append'>;
}

export type BreakLock = (key: string, caller: Caller) => Promise<LockView>;

/**
 * Takes a lock from whoever has it, and tells who that was. The worker of that device ends it with LOCK_LOST. The audit
 * entry comes first: it may tell of a lock that was given back just then, and never miss one that was broken.
 * Rejects with LOCK_NOT_FOUND or PERMISSION_DENIED.
 */
export function createBreakLock({ locks, audit }: BreakLockDependencies): BreakLock {
  return async (key, { principal }) => {
    if (!may(principal, 'queue:admin')) {
      throw new AppError('PERMISSION_DENIED', `'${principal.name}' may not break locks.`);
    }
    const seen = await locks.get(key);
    if (!seen) throw lockNotFound(key);
    const { runId, device, service } = seen.holder;
    const detail = { runId, device, service, token: seen.token };
    const { name: actor, credentialId: credential } = principal;
    await audit.append({ actor, credential, decision: 'allowed', action: 'lock.break', subject: key, detail });
    const broken = await locks.break(key);
    if (!broken) throw lockNotFound(key);
    return broken;
  };
}

export function lockNotFound(key: string): AppError {
  return new AppError('LOCK_NOT_FOUND', `Nobody holds the lock '${key.slice(0, 200)}'.`);
}
