import { AppError } from '@runyard/domain';
import express, { type Express, type RequestHandler } from 'express';
import { createDashboard } from './dashboard.ts';
import type { GatewayDependencies } from './gateway-dependencies.ts';
import { createAdmit } from './http/admit.ts';
import { createCompile } from './http/check.ts';
import { createDispatcher } from './http/dispatch.ts';
import { createEndpoint } from './http/endpoint.ts';
import { createRequestContext } from './http/request-context.ts';
import { createSendError } from './http/send-error.ts';
import { createQueueBoard } from './queue-board/queue-board.ts';
import { allRoutes } from './routes/all-routes.ts';

/** The whole HTTP API as an Express app: context, the table of routes, and one place where errors become answers. */
export function createApp(deps: GatewayDependencies): Express {
  const { settings, log } = deps;
  const compile = createCompile();
  const endpointDeps = { admit: createAdmit(deps), compile, bodyBytesMax: settings.bodyBytesMax };
  const dispatcher = createDispatcher(allRoutes(deps), (route) => createEndpoint(route, endpointDeps));
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('trust proxy', [...settings.trustedProxies]);
  app.use(createRequestContext(deps));
  app.use(dispatcher.handler);
  app.use(createQueueBoard(deps));
  if (deps.dashboardFolder !== null) app.use(createDashboard(deps.dashboardFolder));
  app.use(refuseUnknown);
  app.use(createSendError(log));
  return app;
}

const refuseUnknown: RequestHandler = (request, _response, next) => {
  next(new AppError('ROUTE_NOT_FOUND', `There is nothing at ${request.path.slice(0, 200)}.`));
};
