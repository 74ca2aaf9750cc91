import { type Permission, requirePermission } from '@runyard/domain';
import type { Request } from 'express';
import type { Authenticate, Authenticated } from './authenticate.ts';

/** Who calls, when he may. Rejects as Authenticate does, and with PERMISSION_DENIED. */
export type Admit = (request: Request, access: Permission | 'caller') => Promise<Authenticated>;

export function createAdmit({ authenticate }: { readonly authenticate: Authenticate }): Admit {
  return async (request, access) => {
    const authenticated = await authenticate(request);
    request.principalName = authenticated.principal.name;
    if (access !== 'caller') requirePermission(authenticated.principal, access);
    return authenticated;
  };
}
