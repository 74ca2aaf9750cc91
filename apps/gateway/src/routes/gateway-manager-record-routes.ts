import type { GatewayDependencies } from '../gateway-dependencies.ts';
import {
  changeCertificate,
  createCertificate,
  deleteCertificate,
  getCertificate,
  listCertificates,
} from '../gateway-manager/certificates.ts';
import { changeGateway, createGateway, deleteGateway, getGateway, listGateways } from '../gateway-manager/gateways.ts';
import {
  changeServiceGroup,
  createServiceGroup,
  deleteServiceGroup,
  getServiceGroup,
  listServiceGroups,
} from '../gateway-manager/service-groups.ts';
import type { Route } from '../route.ts';
import {
  answerExamples as examples,
  answers,
  certificateExample,
  clusterQuery,
  gatewayExample,
  gatewayManagerRoute,
  serviceGroupExample,
} from './gateway-manager-examples.ts';

/** Gateways, service groups and certificates. */
export function gatewayManagerRecordRoutes(deps: GatewayDependencies): readonly Route[] {
  return [...gatewayRoutes(deps), ...serviceGroupRoutes(deps), ...certificateRoutes(deps)];
}

function gatewayRoutes(deps: GatewayDependencies): Route[] {
  const all = { ...gatewayManagerRoute, path: '/gateway_manager/v1/gateways' } as const;
  const one = { ...gatewayManagerRoute, path: '/gateway_manager/v1/gateways/{id}' } as const;
  return [
    {
      ...all,
      method: 'post',
      operationId: 'gatewayManagerCreateGateway',
      summary: 'A record for a cluster; the cluster is declared when it is not there.',
      access: 'gateway:create',
      body: { schema: 'GatewayManagerNewGateway', wrapper: 'gateway', example: { gateway: gatewayExample } },
      responses: answers('It was added.', 'GatewayManagerGatewayAdded', examples.gatewayAdded),
      handler: createGateway(deps),
    },
    {
      ...all,
      method: 'get',
      operationId: 'gatewayManagerListGateways',
      summary: 'Every gateway: one for each cluster.',
      access: 'gateway:read',
      responses: answers('The gateways.', 'GatewayManagerGateways', examples.gateways),
      handler: listGateways(deps),
    },
    {
      ...one,
      method: 'get',
      operationId: 'gatewayManagerGetGateway',
      summary: 'A gateway by its id.',
      access: 'gateway:read',
      responses: answers('The gateway.', 'GatewayManagerOneGateway', examples.gateway),
      handler: getGateway(deps),
    },
    {
      ...one,
      method: 'put',
      operationId: 'gatewayManagerChangeGateway',
      summary: 'Change what is given of a gateway.',
      access: 'gateway:update',
      body: { schema: 'GatewayManagerGatewayChange', wrapper: 'payload', example: { payload: { enabled: false } } },
      responses: answers('The gateway as it is now.', 'GatewayManagerGatewayChanged', examples.gatewayChanged),
      handler: changeGateway(deps),
    },
    {
      ...one,
      method: 'delete',
      operationId: 'gatewayManagerDeleteGateway',
      summary: 'Delete a gateway with its cluster, which nothing may use any more.',
      access: 'gateway:delete',
      responses: answers('The deleted gateway.', 'GatewayManagerOneGateway', examples.gateway),
      handler: deleteGateway(deps),
    },
  ];
}

function serviceGroupRoutes(deps: GatewayDependencies): Route[] {
  const all = { ...gatewayManagerRoute, path: '/gateway_manager/v1/service-groups' } as const;
  const one = { ...gatewayManagerRoute, path: '/gateway_manager/v1/service-groups/{id}' } as const;
  const example = { patches: { groups: ['noc', 'field'] } };
  return [
    {
      ...all,
      method: 'post',
      operationId: 'gatewayManagerCreateServiceGroup',
      summary: 'A group of services of one cluster.',
      access: 'service-group:create',
      body: {
        schema: 'GatewayManagerNewServiceGroup',
        wrapper: 'serviceGroup',
        example: { serviceGroup: serviceGroupExample },
      },
      responses: answers('It was added.', 'GatewayManagerServiceGroupAdded', examples.serviceGroupAdded),
      handler: createServiceGroup(deps),
    },
    {
      ...all,
      method: 'get',
      operationId: 'gatewayManagerListServiceGroups',
      summary: 'The service groups of a cluster, or of all.',
      access: 'service-group:read',
      query: clusterQuery,
      responses: answers('The groups.', 'GatewayManagerServiceGroups', examples.serviceGroups),
      handler: listServiceGroups(deps),
    },
    {
      ...one,
      method: 'get',
      operationId: 'gatewayManagerGetServiceGroup',
      summary: 'A service group by its id.',
      access: 'service-group:read',
      responses: answers('The group.', 'GatewayManagerOneServiceGroup', examples.serviceGroup),
      handler: getServiceGroup(deps),
    },
    {
      ...one,
      method: 'patch',
      operationId: 'gatewayManagerChangeServiceGroup',
      summary: 'Change what is given of a service group.',
      access: 'service-group:update',
      body: { schema: 'GatewayManagerServiceGroupChange', wrapper: 'patches', example },
      responses: answers('The group as it is now.', 'GatewayManagerServiceGroupChanged', examples.serviceGroupChanged),
      handler: changeServiceGroup(deps),
    },
    {
      ...one,
      method: 'delete',
      operationId: 'gatewayManagerDeleteServiceGroup',
      summary: 'Delete a service group.',
      access: 'service-group:delete',
      responses: answers('The deleted group.', 'GatewayManagerServiceGroupChanged', examples.serviceGroupDeleted),
      handler: deleteServiceGroup(deps),
    },
  ];
}

function certificateRoutes(deps: GatewayDependencies): Route[] {
  const all = { ...gatewayManagerRoute, path: '/gateway_manager/v1/certificates' } as const;
  const one = { ...gatewayManagerRoute, path: '/gateway_manager/v1/certificates/{id}' } as const;
  return [
    {
      ...all,
      method: 'post',
      operationId: 'gatewayManagerCreateCertificate',
      summary: 'A certificate that workers may prove.',
      access: 'certificate:create',
      body: { schema: 'GatewayManagerNewCertificate', example: certificateExample },
      responses: answers('It was added.', 'GatewayManagerCertificateAdded', examples.certificateAdded),
      handler: createCertificate(deps),
    },
    {
      ...all,
      method: 'get',
      operationId: 'gatewayManagerListCertificates',
      summary: 'Every certificate.',
      access: 'certificate:read',
      responses: answers('The certificates.', 'GatewayManagerCertificates', examples.certificates),
      handler: listCertificates(deps),
    },
    {
      ...one,
      method: 'get',
      operationId: 'gatewayManagerGetCertificate',
      summary: 'A certificate by its id.',
      access: 'certificate:read',
      responses: answers('The certificate.', 'GatewayManagerOneCertificate', examples.oneCertificate),
      handler: getCertificate(deps),
    },
    {
      ...one,
      method: 'put',
      operationId: 'gatewayManagerChangeCertificate',
      summary: 'Give a certificate another alias.',
      access: 'certificate:update',
      body: { schema: 'GatewayManagerCertificateChange', example: { alias: 'worker 2' } },
      responses: answers('The certificate, without a wrapper.', 'GatewayManagerCertificate', examples.certificate),
      handler: changeCertificate(deps),
    },
    {
      ...one,
      method: 'delete',
      operationId: 'gatewayManagerDeleteCertificate',
      summary: 'Delete a certificate that no gateway uses.',
      access: 'certificate:delete',
      responses: answers('The deleted one, without a wrapper.', 'GatewayManagerCertificate', examples.certificate),
      handler: deleteCertificate(deps),
    },
  ];
}
