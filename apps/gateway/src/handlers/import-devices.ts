import { applyCatalog, devicesFromCsv, devicesFromYaml, documentsOf } from '@runyard/catalog';
import { boundErrors, invalid } from '@runyard/contracts';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { mediaTypeOf } from '../http/read-body.ts';
import { sendJson } from '../http/send.ts';
import type { Handler } from '../route.ts';
import { asEditor } from './as-editor.ts';
import { appliedAnswer, noteApplied } from './apply-catalog.ts';

/** `POST /v1/devices/import`: devices of a CSV or YAML text, all or none. Mistakes are told with their lines. */
export function importDevices(deps: GatewayDependencies): Handler {
  const { catalog, secrets } = deps;
  return async (call) => {
    const { request, response } = call;
    const text = call.body as string;
    const read = mediaTypeOf(request) === 'application/yaml' ? devicesFromYaml(text) : devicesFromCsv(text);
    if (read.problems.length > 0) throw invalid('CATALOG_INVALID', boundErrors(read.problems));
    const documents = documentsOf({ devices: [...read.devices] });
    const applied = await asEditor(deps, call, 'catalog.import', 'catalog', (editor) =>
      applyCatalog({ catalog, secrets, documents, editor }),
    );
    await noteApplied(deps, call, 'catalog.import', applied);
    sendJson(response, 200, appliedAnswer(applied, false));
  };
}
