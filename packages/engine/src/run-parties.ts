import {
  AppError,
  type CatalogView,
  devicesRefusal,
  mayUseEveryDevice,
  mayUsePool,
  type Principal,
  resolveTargets,
  type RunParties,
  type RunTargets,
  serviceAccountOf,
} from '@runyard/domain';
import type { Caller, RunRequest } from './run-request.ts';

/**
 * Who asks and as whom it is to run, on this view of the catalog. Throws SERVICE_ACCOUNT_NOT_FOUND or
 * SERVICE_ACCOUNT_DISABLED, and PRINCIPAL_REVOKED when the account that calls is not there any more.
 */
export function partiesOf(
  { principal: caller, isActProved = false }: Caller,
  runAs: RunRequest['runAs'],
  view: CatalogView,
): RunParties {
  const actor = isActProved ? caller : asOn(view, caller);
  if (runAs === undefined) return { actor, principal: actor };
  if (!view.get('service-account', runAs)) {
    throw new AppError('SERVICE_ACCOUNT_NOT_FOUND', `There is no service account with the name '${runAs}'.`);
  }
  const principal = serviceAccountOf(runAs, view, caller);
  if (!principal) {
    throw new AppError(
      'SERVICE_ACCOUNT_DISABLED',
      `The service account '${runAs}' is disabled, so nothing runs as it.`,
    );
  }
  return { actor, principal, isActProved };
}

/** A service account has the roles that this view says, which may be newer than its login. */
function asOn(view: CatalogView, caller: Principal): Principal {
  if (caller.kind !== 'service-account' || caller.hasOwnRoles) return caller;
  const account = serviceAccountOf(caller.name, view, caller);
  if (account) return account;
  throw new AppError('PRINCIPAL_REVOKED', `The service account '${caller.name}' is disabled or not there any more.`);
}

/**
 * Throws DEVICE_USE_DENIED unless each device may be used. Pools that may be used as they are need no look at who is in
 * them.
 */
export function checkDevices(principal: Principal, targets: RunTargets, view: CatalogView): void {
  if (mayUseEveryDevice(principal, view)) return;
  const pools = targets.pools.filter((pool) => !mayUsePool(principal, pool, view));
  if (pools.length === 0 && targets.devices.length === 0) return;
  const refusal = devicesRefusal(principal, resolveTargets({ devices: targets.devices, pools }, view), view);
  if (refusal) throw new AppError(refusal.code, refusal.message);
}
