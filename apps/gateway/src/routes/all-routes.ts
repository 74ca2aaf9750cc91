import type { GatewayDependencies } from '../gateway-dependencies.ts';
import type { Route } from '../route.ts';
import { accountRoutes } from './account-routes.ts';
import { catalogExtraRoutes } from './catalog-extra-routes.ts';
import { catalogFileRoutes } from './catalog-file-routes.ts';
import { catalogRoutes } from './catalog-routes.ts';
import { clusterRoutes } from './cluster-routes.ts';
import { endpointRoutes } from './endpoint-routes.ts';
import { enmsRoutes } from './enms-routes.ts';
import { gatewayManagerRoutes } from './gateway-manager-routes.ts';
import { healthRoutes } from './health-routes.ts';
import { auditRoutes } from './audit-routes.ts';
import { lockRoutes } from './lock-routes.ts';
import { ofReachableRun } from './reachable-runs.ts';
import { indexRoutes } from './index-routes.ts';
import { runRoutes } from './run-routes.ts';
import { runTreeRoutes } from './run-tree-routes.ts';
import { scheduleRoutes } from './schedule-routes.ts';
import { sessionRoutes } from './session-routes.ts';
import { workerRoutes } from './worker-routes.ts';

/** The whole table of addresses. */
export function allRoutes(deps: GatewayDependencies): readonly Route[] {
  const routes: Route[] = [];
  routes.push(
    ...[...runRoutes(deps), ...runTreeRoutes(deps)].map((route) => ofReachableRun(deps, route)),
    ...endpointRoutes(deps),
    ...catalogRoutes(deps),
    ...catalogExtraRoutes(deps),
    ...catalogFileRoutes(deps),
    ...clusterRoutes(deps),
    ...scheduleRoutes(deps),
    ...lockRoutes(deps),
    ...auditRoutes(deps),
    ...workerRoutes(deps),
    ...accountRoutes(deps),
    ...sessionRoutes(deps),
    ...enmsRoutes(deps),
    ...gatewayManagerRoutes(deps),
    ...healthRoutes(deps),
    ...indexRoutes(deps, () => routes),
  );
  return routes;
}
