import path from 'node:path';
import type { Bundle } from '@runyard/contracts';
import { isJsonObject, type JsonObject, type JsonValue, WORKFLOW_TYPE } from '@runyard/domain';
import type { CatalogProblem, Place } from './catalog-document.ts';
import { packSource } from './source-files.ts';

/** A folder or file with code that a service names, and the pointer to the key that names it. */
interface NamedSource {
  readonly source: string;
  readonly pointer: string;
}

/** The sources of a service as a file has it, and of its steps when it is a workflow. */
export function sourcesIn(service: JsonObject): NamedSource[] {
  return partsOf(service).flatMap(({ part, pointer }) => {
    const { source } = part;
    return typeof source === 'string' ? [{ source, pointer: `${pointer}/source` }] : [];
  });
}

/** The service with the hashes of its packed sources instead of the sources. */
export async function withBundles(
  service: JsonObject,
  folder: string,
  at: (pointer: string) => Place,
  reading: { readonly bundles: Map<string, Bundle>; readonly problems: CatalogProblem[] },
): Promise<JsonObject> {
  const copy = structuredClone(service);
  for (const { part, pointer } of partsOf(copy)) {
    const { source } = part;
    if (typeof source !== 'string') continue;
    delete part['source'];
    const packed = await packSource(path.resolve(folder, source));
    if ('problem' in packed) {
      reading.problems.push({ ...at(`${pointer}/source`), message: `${source} ${packed.problem}` });
      continue;
    }
    reading.bundles.set(packed.bundle.hash, packed.bundle);
    part['bundle'] = packed.bundle.hash;
  }
  return copy;
}

interface ServicePart {
  readonly part: JsonObject;
  readonly pointer: string;
}

/** What may have a source: the service itself, its steps, and the steps within those. */
function partsOf(service: JsonObject): ServicePart[] {
  const steps = service['type'] === WORKFLOW_TYPE && Array.isArray(service['steps']) ? service['steps'] : [];
  return [
    { part: service, pointer: '' },
    ...steps
      .flatMap((step, index) => partOf(step, `/steps/${index}`))
      .flatMap(({ part, pointer }) => [{ part, pointer }, ...partOf(part['step'], `${pointer}/step`)]),
  ];
}

function partOf(part: JsonValue | undefined, pointer: string): ServicePart[] {
  return isJsonObject(part) ? [{ part, pointer }] : [];
}
