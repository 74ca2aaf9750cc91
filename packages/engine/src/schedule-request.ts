import type { Schedule } from '@runyard/domain';
import type { Caller, RunRequest } from './run-request.ts';

/** What a schedule asks for, whoever starts it. */
export function scheduleRequest(
  { name, service, endpoint, runAs, params = {}, devices = [], pools = [] }: Schedule,
  timeZone: string,
): RunRequest {
  return {
    service,
    targets: { devices, pools, ipAddresses: [] },
    targetRule: 'aggregate',
    // A device that is gone is never left out in silence: the slot is refused, and the schedule says so.
    ignoreInvalidTargets: false,
    params,
    payload: params,
    labels: { schedule: name },
    runAs,
    ...(endpoint === undefined ? {} : { endpoint }),
    timeZone,
  };
}

/**
 * Who asks when a schedule fires: the schedule, which has no rights of its own. Who saved it was allowed to act as its
 * account.
 */
export function scheduleCaller({ name }: Schedule): Caller {
  return {
    principal: { name: `schedule:${name}`, kind: 'service-account', roles: [], credentialId: 'schedule' },
    door: 'schedule',
    isActProved: true,
  };
}
