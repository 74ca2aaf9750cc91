import { type Permission, type Principal, requirePermission, requireReach } from '@runyard/domain';
import type { DecisionLog } from '@runyard/engine';
import type { Request } from 'express';
import { noteDenied } from '../note-denied.ts';
import type { Authenticate, Authenticated } from './authenticate.ts';

export interface AdmitDependencies {
  readonly authenticate: Authenticate;
  readonly decisions: Pick<DecisionLog, 'note'>;
}

/** Who calls, when he may. Rejects as Authenticate does, and with PERMISSION_DENIED, which is written down. */
export type Admit = (request: Request, access: Permission | 'caller') => Promise<Authenticated>;

export function createAdmit({ authenticate, decisions }: AdmitDependencies): Admit {
  return async (request, access) => {
    const authenticated = await authenticate(request);
    request.principalName = authenticated.principal.name;
    if (access !== 'caller') await checkPermission({ decisions }, request, authenticated.principal, access);
    return authenticated;
  };
}

/** Rejects with PERMISSION_DENIED, which is written down, when the caller has not the permission. */
export function checkPermission(deps: Noting, request: Request, principal: Principal, permission: Permission) {
  return noting(deps, request, principal, () => requirePermission(principal, permission));
}

/** Rejects with SERVICE_RUN_DENIED, which is written down, when the caller's key is one for other services. */
export function checkReach(deps: Noting, request: Request, principal: Principal, service: string): Promise<void> {
  return noting(deps, request, principal, () => requireReach(principal, service));
}

type Noting = Pick<AdmitDependencies, 'decisions'>;

async function noting({ decisions }: Noting, request: Request, principal: Principal, check: () => void): Promise<void> {
  try {
    check();
  } catch (error) {
    await noteDenied(decisions, principal, deniedCall(request), error);
    throw error;
  }
}

/** A call that is denied, by its route: how many there are is not for callers to choose. */
export function deniedCall({ method, operation, path }: Request) {
  const subject = `${method} ${operation?.path ?? ''}`;
  return { action: 'call', subject, detail: { path: path.slice(0, 200) } };
}
