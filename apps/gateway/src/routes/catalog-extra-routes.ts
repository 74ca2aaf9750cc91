import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { applyCatalog } from '../handlers/apply-catalog.ts';
import { getServiceVersion } from '../handlers/get-service-version.ts';
import { importDevices } from '../handlers/import-devices.ts';
import { listPoolDevices } from '../handlers/list-pool-devices.ts';
import { listServiceVersions } from '../handlers/list-service-versions.ts';
import { pageQuery } from '../handlers/page-query.ts';
import type { Route } from '../route.ts';

/** A catalog of a hundred thousand devices with the files of its services. */
export const CATALOG_BYTES_MAX = 64 * 1024 * 1024;

const version = { type: 'integer', minimum: 1, description: 'A version.' } as const;
const versions = {
  type: 'object',
  description: 'Versions of a service.',
  properties: {
    current: { ...version, description: 'The newest one.' },
    versions: { type: 'array', items: version, description: 'Those that are kept, newest first.' },
  },
  required: ['current', 'versions'],
} as const;
const serviceVersion = {
  type: 'object',
  description: 'A service as it was.',
  properties: { item: { $ref: 'Service' }, version },
  required: ['item', 'version'],
} as const;

/** What the catalog can do beyond the operations that every kind has. */
export function catalogExtraRoutes(deps: GatewayDependencies): readonly Route[] {
  return [
    {
      method: 'post',
      path: '/v1/catalog/apply',
      operationId: 'applyCatalog',
      summary: 'Write many items, all or none. What is not named stays.',
      tag: 'catalog',
      access: 'catalog:write',
      body: { schema: 'CatalogApply', sizeBytesMax: CATALOG_BYTES_MAX },
      responses: { 200: { description: 'What changed.', schema: 'CatalogApplied' } },
      handler: applyCatalog(deps),
    },
    {
      method: 'post',
      path: '/v1/devices/import',
      operationId: 'importDevices',
      summary: 'Write devices from a CSV or YAML text, all or none.',
      tag: 'devices',
      access: 'catalog:write',
      body: { schema: null, mediaTypes: ['text/csv', 'application/yaml'], sizeBytesMax: CATALOG_BYTES_MAX },
      responses: { 200: { description: 'What changed.', schema: 'CatalogApplied' } },
      handler: importDevices(deps),
    },
    {
      method: 'get',
      path: '/v1/pools/{name}/devices',
      operationId: 'listPoolDevices',
      summary: 'The devices that are in a pool now, by name.',
      tag: 'pools',
      access: 'catalog:read',
      query: pageQuery,
      responses: { 200: { description: 'A page of devices.', schema: 'DevicePage' } },
      handler: listPoolDevices(deps),
    },
    {
      method: 'get',
      path: '/v1/services/{name}/versions',
      operationId: 'listServiceVersions',
      summary: 'The versions of a service that are kept.',
      tag: 'services',
      access: 'catalog:read',
      responses: { 200: { description: 'Numbers of versions.', schema: versions } },
      handler: listServiceVersions(deps),
    },
    {
      method: 'get',
      path: '/v1/services/{name}/versions/{version}',
      operationId: 'getServiceVersion',
      summary: 'A service as it was in a version.',
      tag: 'services',
      access: 'catalog:read',
      responses: { 200: { description: 'The service.', schema: serviceVersion } },
      handler: getServiceVersion(deps),
    },
  ];
}
