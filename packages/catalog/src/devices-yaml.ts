import { type DeviceDocument, fromKebab, schemaNamed } from '@runyard/contracts';
import { isJsonObject, type JsonObject } from '@runyard/domain';
import type { CatalogProblem } from './catalog-document.ts';
import { validator } from './validator.ts';
import type { DeviceImport } from './devices-csv.ts';
import { readYaml } from './yaml-file.ts';

/** Devices of a YAML (or JSON) text: a list of devices, or an object with `devices`. Keys as in catalog files. */
export function devicesFromYaml(text: string, file?: string): DeviceImport {
  const { documents, problems: syntax } = readYaml(text, file);
  const problems: CatalogProblem[] = [...syntax];
  const devices: DeviceDocument[] = [];
  const origin = file === undefined ? {} : { file };
  const lookup = (name: string) => schemaNamed(name, 'file');
  for (const { value, lineOf } of documents) {
    const isBare = Array.isArray(value);
    const list = isBare ? value : isJsonObject(value) ? value['devices'] : undefined;
    if (!Array.isArray(list)) {
      problems.push({
        ...origin,
        path: '',
        line: 1,
        message: 'must be a list of devices, or an object with `devices`',
      });
      continue;
    }
    for (const [index, item] of list.entries()) {
      const pointer = `${isBare ? '' : '/devices'}/${index}`;
      const errors = validator.check('Device', item, 'file');
      for (const { path, message } of errors) {
        problems.push({ ...origin, path: `${pointer}${path}`, line: lineOf(`${pointer}${path}`), message });
      }
      if (errors.length > 0) continue;
      devices.push(fromKebab({ $ref: 'Device' }, item as JsonObject, lookup) as unknown as DeviceDocument);
    }
  }
  return { devices, problems };
}
