import { CATALOG_SECTIONS, toKebabKey } from '@runyard/contracts';
import { CATALOG_KINDS, type CatalogKind } from '@runyard/domain';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { deleteItem } from '../handlers/delete-item.ts';
import { getItem } from '../handlers/get-item.ts';
import { listItems } from '../handlers/list-items.ts';
import { pageQuery } from '../handlers/page-query.ts';
import { putItem } from '../handlers/put-item.ts';
import { getSchedule } from '../handlers/schedules.ts';
import type { QueryParameter, Route } from '../route.ts';

/** Keys of an item by which its list can be filtered. */
const FILTERS: Readonly<Partial<Record<CatalogKind, readonly string[]>>> = {
  device: ['address', 'cluster', 'credential', 'platform'],
  service: ['type'],
  schedule: ['service'],
};

/** The catalog: each kind has the same five operations. */
export function catalogRoutes(deps: GatewayDependencies): readonly Route[] {
  return CATALOG_KINDS.flatMap((kind) => kindRoutes(deps, kind));
}

function kindRoutes(deps: GatewayDependencies, kind: CatalogKind): Route[] {
  const { section: key, schema } = CATALOG_SECTIONS[kind];
  const section = toKebabKey(key);
  const filters = FILTERS[kind] ?? [];
  const list = { tag: section, path: `/v1/${section}`, access: 'catalog:read' } as const;
  const one = { tag: section, path: `/v1/${section}/{name}` } as const;
  return [
    {
      ...list,
      method: 'get',
      operationId: `list${key.charAt(0).toUpperCase()}${key.slice(1)}`,
      summary: `Every ${kind}, by name.`,
      query: { ...filterQuery(filters), ...pageQuery },
      responses: { 200: { description: `A page of ${section}.`, schema: `${schema}Page` } },
      handler: listItems(deps, kind, filters),
    },
    {
      ...one,
      method: 'get',
      operationId: `get${schema}`,
      summary: `One ${kind}.`,
      access: 'catalog:read',
      responses: {
        200: { description: `The ${kind}.`, schema: `${schema}Item` },
        304: { description: 'It is as `If-None-Match` says.' },
      },
      handler: kind === 'schedule' ? getSchedule(deps) : getItem(deps, kind),
    },
    {
      ...one,
      method: 'put',
      operationId: `put${schema}`,
      summary: `Create or replace a ${kind}. \`If-Match\` and \`If-None-Match: *\` are obeyed.`,
      // The handler asks for `secret:update:<name>` or `catalog:write`.
      access: kind === 'secret' ? 'caller' : 'catalog:write',
      body: { schema },
      responses: {
        200: { description: 'It was replaced.', schema: `${schema}Item` },
        201: { description: 'It was created.', schema: `${schema}Item` },
      },
      handler: putItem(deps, kind),
    },
    {
      ...one,
      method: 'delete',
      operationId: `delete${schema}`,
      summary: `Delete a ${kind} that nothing uses.`,
      access: 'catalog:write',
      responses: { 204: { description: 'It is deleted.' } },
      handler: deleteItem(deps, kind),
    },
  ];
}

function filterQuery(filters: readonly string[]): Readonly<Record<string, QueryParameter>> {
  const schema = { type: 'string', minLength: 1, maxLength: 300 } as const;
  return Object.fromEntries(filters.map((key) => [key, { schema, description: `Only those with this ${key}.` }]));
}
