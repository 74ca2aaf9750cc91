import { type AccessView, grantsOf } from './access.ts';
import type { Device } from './device.ts';
import type { ErrorCode } from './errors.ts';
import { compilePoolRule, type Pool } from './pool.ts';
import { type Principal, unreached } from './principal.ts';

/** Why a run is not allowed. */
export interface RunRefusal {
  readonly code: Extract<ErrorCode, 'ACT_AS_DENIED' | 'SERVICE_RUN_DENIED' | 'DEVICE_USE_DENIED' | 'PRINCIPAL_REVOKED'>;
  readonly message: string;
}

/** Who asks for a run and as whom it runs: mostly the same. */
export interface RunParties {
  readonly actor: Principal;
  readonly principal: Principal;
  /** The right to act as the principal was proved when something was saved: by a schedule, or a step of a workflow. */
  readonly isActProved?: boolean;
}

/**
 * Whether a service may be run, null when it may. Identity is replaced, not intersected: who asks needs the right to act
 * as the account, and only the account needs the right to run the service (contracts/run-service-step.md).
 */
export function runRefusal(
  { actor, principal, isActProved = false }: RunParties,
  service: string,
  access: AccessView,
): RunRefusal | null {
  const isDelegated = actor.name !== principal.name || actor.kind !== principal.kind;
  if (isDelegated && !isActProved && !grantsOf(actor, access).includes('act-as', principal.name)) {
    return {
      code: 'ACT_AS_DENIED',
      message: `'${actor.name}' may not act as '${principal.name}'; that takes the permission act-as:${principal.name}.`,
    };
  }
  if (!mayRunService(principal, service, access)) {
    return {
      code: 'SERVICE_RUN_DENIED',
      message: `'${principal.name}' may not run the service '${service}'; that takes the permission service:run:${service}.`,
    };
  }
  // A key with a list of services reaches no others, also through the services that it runs.
  if (actor.services && !actor.services.includes(service)) {
    return {
      code: 'SERVICE_RUN_DENIED',
      message: unreached(actor.credentialId, service),
    };
  }
  return null;
}

/** By its name or by a group that it is in. */
export function mayRunService(principal: Principal, service: string, access: AccessView): boolean {
  const scopes = grantsOf(principal, access).scopesOf('service:run');
  if (scopes === null || scopes.has(service)) return true;
  for (const scope of scopes) {
    if (access.get('service-group', scope)?.item.services.includes(service)) return true;
  }
  return false;
}

/** True when it may use every device, so that nobody need look at which ones there are. */
export function mayUseEveryDevice(principal: Principal, access: AccessView): boolean {
  return grantsOf(principal, access).scopesOf('device:use') === null;
}

/** True when it may use a pool as it is, whoever is in it. */
export function mayUsePool(principal: Principal, pool: string, access: AccessView): boolean {
  return grantsOf(principal, access).includes('device:use', pool);
}

const DEVICES_NAMED_MAX = 10;

/** Null when each device is in a pool that it may use; else which are not. A run is refused as a whole, never cut. */
export function devicesRefusal(
  principal: Principal,
  devices: readonly Device[],
  access: AccessView,
): RunRefusal | null {
  const scopes = grantsOf(principal, access).scopesOf('device:use');
  if (scopes === null) return null;
  const isMember = [...scopes].flatMap((name) => access.get('pool', name)?.item ?? []).map(memberTest);
  const refused = devices.filter((device) => !isMember.some((test) => test(device)));
  if (refused.length === 0) return null;
  const named = refused.slice(0, DEVICES_NAMED_MAX).map(({ name }) => `'${name}'`);
  const others = refused.length - named.length;
  const which = others > 0 ? `${named.join(', ')} and ${others} more` : named.join(', ');
  return {
    code: 'DEVICE_USE_DENIED',
    message: `'${principal.name}' may not use ${refused.length} of the ${devices.length} devices: ${which}.`,
  };
}

/** Compiled once, so that many devices cost only the tests. */
function memberTest({ devices, rule }: Pool): (device: Device) => boolean {
  const listed = new Set(devices);
  const test = rule ? compilePoolRule(rule) : () => false;
  return (device) => listed.has(device.name) || test(device);
}
