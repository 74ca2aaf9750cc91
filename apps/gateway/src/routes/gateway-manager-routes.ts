import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { getHealthStatus, getVersion } from '../gateway-manager/health.ts';
import { getJob } from '../gateway-manager/get-job.ts';
import { issueToken, login, logout } from '../gateway-manager/login.ts';
import { runService } from '../gateway-manager/run-service.ts';
import { getService, listServices } from '../gateway-manager/services.ts';
import { checkConnection, listConnections } from '../gateway-manager/connections.ts';
import { idempotencyHeader } from '../http/idempotency-key.ts';
import type { Route } from '../route.ts';
import {
  answerExamples as examples,
  answers,
  clusterQuery,
  gatewayManagerRoute,
  JOB_ID,
  jobExample,
  runExample,
  runRequestExample,
  TOKEN,
} from './gateway-manager-examples.ts';
import { gatewayManagerRecordRoutes } from './gateway-manager-record-routes.ts';

/** Clusters, their services and running them, as Gateway Manager is asked. */
export function gatewayManagerRoutes(deps: GatewayDependencies): readonly Route[] {
  return [
    ...gatewayManagerRecordRoutes(deps),
    ...serviceRoutes(deps),
    ...connectionRoutes(deps),
    ...loginRoutes(deps),
    {
      ...gatewayManagerRoute,
      method: 'get',
      path: '/operations-manager/jobs/{id}',
      operationId: 'gatewayManagerGetJob',
      summary: 'A run: how far it is, or what it gave.',
      access: 'run:read',
      responses: answers('The run.', 'GatewayManagerJob', jobExample),
      handler: getJob(deps),
    },
  ];
}

function serviceRoutes(deps: GatewayDependencies): Route[] {
  return [
    {
      ...gatewayManagerRoute,
      method: 'get',
      path: '/gateway_manager/v1/services',
      operationId: 'gatewayManagerListServices',
      summary: 'The services of a cluster, or of all.',
      access: 'service:read',
      query: clusterQuery,
      responses: answers('The services.', 'GatewayManagerServices', examples.services),
      handler: listServices(deps),
    },
    {
      ...gatewayManagerRoute,
      method: 'get',
      path: '/gateway_manager/v1/services/{id}',
      operationId: 'gatewayManagerGetService',
      summary: 'A service of a cluster, by its UUID.',
      access: 'service:read',
      responses: answers('The service.', 'GatewayManagerOneService', examples.service),
      handler: getService(deps),
    },
    {
      ...gatewayManagerRoute,
      method: 'post',
      path: '/gateway_manager/v1/services/run',
      operationId: 'gatewayManagerRunService',
      summary: 'Run a service and wait some seconds for its end; not at all with `Prefer: respond-async`.',
      access: 'caller',
      headers: idempotencyHeader,
      body: { schema: 'GatewayManagerRun', example: runRequestExample },
      responses: answers('How it ended, or how far it is.', 'GatewayManagerRunAnswer', runExample),
      handler: runService(deps),
    },
  ];
}

function connectionRoutes(deps: GatewayDependencies): Route[] {
  return [
    {
      ...gatewayManagerRoute,
      method: 'get',
      path: '/gateway_manager/v1/connections',
      operationId: 'gatewayManagerListConnections',
      summary: 'Whether a worker of each cluster lives.',
      access: 'connection:read',
      responses: {
        200: {
          description: 'By cluster.',
          schema: 'GatewayManagerConnections',
          example: { cluster_1: true, cluster_2: false },
        },
      },
      handler: listConnections(deps),
    },
    {
      ...gatewayManagerRoute,
      method: 'get',
      path: '/gateway_manager/v1/connections/{clusterId}',
      operationId: 'gatewayManagerCheckConnection',
      summary: 'Ask a worker of a cluster; an error within 3 seconds when none answers.',
      access: 'connection:read',
      responses: answers('One answered.', 'GatewayManagerConnection', examples.connection),
      handler: checkConnection(deps),
    },
    {
      ...gatewayManagerRoute,
      method: 'get',
      path: '/gateway_manager/v1/health/status',
      operationId: 'gatewayManagerHealth',
      summary: 'The API answers.',
      access: 'public',
      responses: answers('It does.', 'GatewayManagerHealth', examples.health),
      handler: getHealthStatus(),
    },
    {
      ...gatewayManagerRoute,
      method: 'get',
      path: '/gateway_manager/v1/version',
      operationId: 'gatewayManagerVersion',
      summary: 'The version of Runyard.',
      access: 'public',
      responses: answers('The version.', 'GatewayManagerVersion', examples.version),
      handler: getVersion(deps),
    },
  ];
}

function loginRoutes(deps: GatewayDependencies): Route[] {
  const user = { username: 'admin', password: '…' };
  return [
    {
      ...gatewayManagerRoute,
      method: 'post',
      path: '/login',
      operationId: 'gatewayManagerLogin',
      summary: 'A token for a user and a password: the whole body of the answer, and a cookie.',
      access: 'public',
      body: { schema: 'GatewayManagerLogin', wrapper: 'user', example: { user } },
      responses: {
        200: { description: 'The token.', mediaType: 'text/plain', schema: { type: 'string' }, example: TOKEN },
      },
      handler: login(deps),
    },
    {
      ...gatewayManagerRoute,
      method: 'post',
      path: '/logout',
      operationId: 'gatewayManagerLogout',
      summary: 'Revoke the token that comes with the call.',
      access: 'caller',
      responses: {
        200: {
          description: 'It is good for nothing any more.',
          schema: { type: 'object', description: 'Done.' },
          example: { state: 'Success' },
        },
      },
      handler: logout(deps),
    },
    {
      ...gatewayManagerRoute,
      method: 'post',
      path: '/oauth/token',
      operationId: 'gatewayManagerToken',
      summary: 'A token for an API key, or a user and a password, to be sent as Bearer.',
      access: 'public',
      body: {
        schema: 'GatewayManagerTokenRequest',
        mediaTypes: ['application/x-www-form-urlencoded', 'application/json'],
        example: { grant_type: 'client_credentials', client_id: JOB_ID, client_secret: 'ry_…' },
      },
      responses: answers('The token.', 'GatewayManagerToken', examples.token),
      handler: issueToken(deps),
    },
  ];
}
