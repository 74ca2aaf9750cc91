import { type Device, isJsonObject, type JsonObject, type JsonValue, type Pool } from '@runyard/domain';

/** Keys of a device that are not attributes, and what each is called here. */
const DEVICE_KEYS: Readonly<Record<string, string>> = {
  name: 'name',
  description: 'description',
  ip_address: 'address',
  port: 'port',
  platform: 'platform',
  cluster: 'cluster',
  credential: 'credential',
  ssh: 'ssh',
};

/** The device document behind an object of eNMS: what is not a property is an attribute; what is not given stays. */
export function deviceDocument(object: JsonObject, current: Device | undefined): JsonObject {
  const document = { ...current } as unknown as JsonObject;
  const attributes: JsonObject = { ...current?.attributes };
  for (const [key, value] of Object.entries(object)) {
    const property = DEVICE_KEYS[key];
    if (property !== undefined) document[property] = value;
    else if (key === 'attributes' && isJsonObject(value)) Object.assign(attributes, value);
    else if (value === null) delete attributes[key];
    else attributes[key] = value;
  }
  return { ...document, ...(Object.keys(attributes).length > 0 ? { attributes } : {}) };
}

/** The pool document behind an object of eNMS. `device_<property>` and its `_match` and `_invert` become a rule. */
export function poolDocument(object: JsonObject, current: Pool | undefined): JsonObject {
  const document: JsonObject = { ...current } as unknown as JsonObject;
  const conditions: JsonObject[] = [];
  for (const [key, value] of Object.entries(object)) {
    const property = /^device_(\w+?)(_match|_invert)?$/.exec(key);
    if (!property) document[key] = value;
    else if (property[2] === undefined) conditions.push(...conditionOf(property[1] ?? '', value, object));
  }
  return { ...document, ...(conditions.length > 0 ? { rule: { all: conditions } } : {}) };
}

function conditionOf(property: string, value: JsonValue | undefined, object: JsonObject): JsonObject[] {
  const match = object[`device_${property}_match`] ?? 'inclusion';
  const isEmptyTest = match === 'empty';
  // eNMS leaves properties empty that it does not filter by.
  if (!isEmptyTest && (value === '' || value === undefined || value === null)) return [];
  const test: JsonObject =
    match === 'equality'
      ? { equals: value }
      : match === 'regex'
        ? { matches: value }
        : isEmptyTest
          ? { empty: true }
          : { contains: value };
  const name = DEVICE_KEYS[property];
  const place: JsonObject = name === undefined ? { attribute: property } : { property: name };
  return [{ ...place, ...test, ...(object[`device_${property}_invert`] === true ? { not: true } : {}) }];
}
