import { fromService } from '@runyard/contracts';
import type { CatalogView, Device, JsonObject, Pool } from '@runyard/domain';
import type { InstanceType } from './instance-type.ts';

/** An item of the catalog as eNMS clients see it; undefined when there is none of that name. */
export function instanceAnswer(view: CatalogView, type: InstanceType, name: string): JsonObject | undefined {
  switch (type) {
    case 'device': {
      const device = view.get('device', name)?.item;
      return device && deviceInstance(device);
    }
    case 'pool': {
      const pool = view.get('pool', name)?.item;
      return pool && poolInstance(pool);
    }
    case 'service': {
      const service = view.get('service', name)?.item;
      return service && (fromService(service) as unknown as JsonObject);
    }
  }
}

/** Attributes stand beside the properties, as eNMS has them. They never replace one. */
function deviceInstance({ attributes, address, ssh, ...device }: Device): JsonObject {
  return { ...attributes, ...device, ip_address: address, ...(ssh ? { ssh: { ...ssh } } : {}) } as JsonObject;
}

function poolInstance({ name, description, devices, rule }: Pool): JsonObject {
  return {
    name,
    ...(description === undefined ? {} : { description }),
    devices: [...(devices ?? [])],
    ...(rule ? { rule: rule as unknown as JsonObject } : {}),
  };
}
