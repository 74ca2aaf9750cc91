import type { Schedule } from '@runyard/domain';
import type { Caller, RunRequest } from './run-request.ts';

/** What a schedule asks for, whoever starts it. */
export function scheduleRequest(
  { name, service, params = {}, devices = [], pools = [] }: Schedule,
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
    timeZone,
  };
}

/** As whom a schedule runs when it fires: by itself, with the rights of an operator. */
export function scheduleCaller({ name }: Schedule): Caller {
  return {
    principal: { name: `schedule:${name}`, kind: 'service-account', role: 'operator', credentialId: 'schedule' },
    door: 'schedule',
  };
}
