import { catalogExportQuery, catalogImportQuery } from '@runyard/contracts';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { exportCatalog } from '../handlers/export-catalog.ts';
import { importCatalog } from '../handlers/import-catalog.ts';
import { rotateSecrets } from '../handlers/rotate-secrets.ts';
import type { Route } from '../route.ts';
import { CATALOG_BYTES_MAX } from './catalog-extra-routes.ts';

/** The catalog as a file, and the key of what is secret in it. */
export function catalogFileRoutes(deps: GatewayDependencies): readonly Route[] {
  return [
    {
      method: 'post',
      path: '/v1/catalog/import',
      operationId: 'importCatalog',
      summary: 'Bring in a catalog file, or a service file of a Gateway, item by item.',
      tag: 'catalog',
      access: 'catalog:write',
      query: catalogImportQuery,
      body: {
        schema: null,
        jsonSchema: 'CatalogApply',
        mediaTypes: ['application/yaml', 'application/json'],
        sizeBytesMax: CATALOG_BYTES_MAX,
      },
      responses: { 200: { description: 'What became of each item.', schema: 'CatalogImported' } },
      handler: importCatalog(deps),
    },
    {
      method: 'get',
      path: '/v1/catalog/export',
      operationId: 'exportCatalog',
      summary: 'The catalog as one file that can be imported; secrets are references.',
      tag: 'catalog',
      access: 'catalog:read',
      query: catalogExportQuery,
      responses: { 200: { description: 'A catalog file.', mediaType: 'application/yaml' } },
      handler: exportCatalog(deps),
    },
    {
      method: 'post',
      path: '/v1/secrets/rotate',
      operationId: 'rotateSecrets',
      summary: 'Seal every secret value with the newest key, in small steps. Repeat it until it is complete.',
      tag: 'secrets',
      access: 'user:admin',
      responses: { 200: { description: 'What was sealed anew.', schema: 'SecretsRotated' } },
      handler: rotateSecrets(deps),
    },
  ];
}
