import { setImmediate } from 'node:timers/promises';
import { exportCatalog as write, type ExportOptions } from '@runyard/catalog';
import { AppError, CATALOG_KINDS, type CatalogKind, type CatalogView, type JsonValue } from '@runyard/domain';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { sendParts } from '../http/send-stream.ts';
import type { Handler } from '../route.ts';

/** Items after which others get their turn: a catalog may have hundreds of thousands. */
const ITEMS_AT_ONCE = 20;

/** `GET /v1/catalog/export`: the catalog as one file that can be imported. No value of a secret is in it. */
export function exportCatalog({ catalog }: GatewayDependencies): Handler {
  return async ({ query, response }) => {
    const kinds = kindsOf(query['kinds']);
    const set = query['set'];
    const options = { ...(kinds ? { kinds } : {}), ...(typeof set === 'string' ? { set } : {}) };
    const parts = partsOf(await catalog.view(), options);
    await sendParts(response, 200, parts, 'application/yaml; charset=utf-8');
  };
}

async function* partsOf(view: CatalogView, options: ExportOptions): AsyncGenerator<string> {
  let items = 0;
  for (const part of write(view, options)) {
    yield part;
    items += 1;
    if (items % ITEMS_AT_ONCE === 0) await setImmediate();
  }
}

function kindsOf(value: JsonValue | undefined): readonly CatalogKind[] | undefined {
  if (typeof value !== 'string') return undefined;
  return value.split(',').map((name) => {
    const kind = CATALOG_KINDS.find((candidate) => candidate === name);
    if (kind) return kind;
    const message = `must be kinds of the catalog, separated by commas: ${CATALOG_KINDS.join(', ')}`;
    throw new AppError('PARAMETER_INVALID', `The parameter kinds ${message}.`, {
      errors: [{ path: '/kinds', message }],
    });
  });
}
