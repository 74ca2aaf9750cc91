import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { checkReach } from '../http/admit.ts';
import { findRun } from '../handlers/find-run.ts';
import { callerOf, type Route } from '../route.ts';

const OF_ONE_RUN = '/v1/runs/{id}';

/**
 * The route, closed to credentials that reach only other services than that of the run which it is about. Others cost
 * no look at the run.
 */
export function ofReachableRun(deps: Pick<GatewayDependencies, 'runs' | 'decisions'>, route: Route): Route {
  if (!route.path.startsWith(OF_ONE_RUN)) return route;
  return {
    ...route,
    handler: async (call) => {
      const caller = callerOf(call);
      if (caller.services) {
        const { spec } = await findRun(deps.runs, call.params);
        await checkReach(deps, call.request, caller, spec.service);
      }
      await route.handler(call);
    },
  };
}
