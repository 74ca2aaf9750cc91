import { CATALOG_SECTIONS, serviceFileKeys, toKebabKey } from '@runyard/contracts';
import { CATALOG_KINDS, type CatalogKind, isJsonObject, type JsonObject, type JsonValue } from '@runyard/domain';

/** Sections of a service file of a Gateway, those that have no counterpart here among them. */
const GATEWAY_SECTIONS: ReadonlySet<string> = new Set([
  'decorators',
  'repositories',
  'services',
  'secrets',
  'registries',
  'executable-objects',
  'users',
  'mcp_servers',
]);
/** Kinds that make it likely that a file without services is one of a Gateway. */
const GATEWAY_ONLY: readonly string[] = ['users', 'mcp_servers'];

const GATEWAY_TYPES: ReadonlySet<string> = new Set([
  'python-script',
  'ansible-playbook',
  'opentofu-plan',
  'executable',
]);
/** Keys that services of a Gateway have; any other one that we know says that the file was written for us. */
const GATEWAY_SERVICE_KEYS: ReadonlySet<string> = new Set([
  'name',
  'type',
  'description',
  'repository',
  'working-directory',
  'filename',
  'playbooks',
  'decorator',
  'tags',
  'secrets',
  'runtime',
  'action',
  'vars',
  'var-files',
  'state-file',
  'backend-config',
  'executable-object',
  'arg-format',
]);

/** Keys by which a Gateway calls what has another name here. */
const RENAMED: Readonly<Partial<Record<CatalogKind, Readonly<Record<string, string>>>>> = {
  decorator: { argument_order: 'argument-order' },
};

const sections = (): Set<string> => new Set(CATALOG_KINDS.map((kind) => toKebabKey(CATALOG_SECTIONS[kind].section)));

/**
 * True when a catalog file looks like a service file of a Gateway: its services come from repositories, and nothing is
 * in it that only we have. In such a file unknown fields and references to nothing are warnings.
 */
export function isGatewayFile(value: JsonValue): boolean {
  if (!isJsonObject(value)) return false;
  const known = sections();
  const keys = Object.keys(value);
  if (keys.some((key) => known.has(key) && !GATEWAY_SECTIONS.has(key))) return false;
  const services = value['services'];
  if (Array.isArray(services) && services.length > 0) return services.every(isGatewayService);
  return keys.some((key) => GATEWAY_ONLY.includes(key));
}

function isGatewayService(service: JsonValue): boolean {
  if (!isJsonObject(service) || typeof service['repository'] !== 'string') return false;
  const type = service['type'];
  if (typeof type !== 'string' || !GATEWAY_TYPES.has(type)) return false;
  const ours = serviceFileKeys(type);
  return Object.keys(service).every((key) => GATEWAY_SERVICE_KEYS.has(key) || !ours.has(key));
}

/**
 * An item as a Gateway writes it, in our form: what is empty counts as absent, and a secret without a value keeps the
 * one that is stored.
 */
export function fromGateway(kind: CatalogKind, item: JsonValue): JsonValue {
  if (!isJsonObject(item)) return item;
  const copy: JsonObject = {};
  for (const [key, value] of Object.entries(item)) {
    if (value === null || value === '' || value === undefined) continue;
    copy[RENAMED[kind]?.[key] ?? key] = key === 'runtime' && isJsonObject(value) ? withoutEmpty(value) : value;
  }
  if (kind === 'secret' && copy['value'] === undefined) copy['value'] = { kept: true };
  return copy;
}

function withoutEmpty(value: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== null && part !== ''));
}

/** The item without the parts that the pointers name. */
export function withoutParts(item: JsonValue, pointers: readonly string[]): JsonValue {
  const copy = structuredClone(item);
  for (const pointer of pointers) {
    const keys = pointer
      .split('/')
      .slice(1)
      .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
    const last = keys.pop();
    let holder: JsonValue | undefined = copy;
    for (const key of keys) {
      if (Array.isArray(holder)) holder = holder[Number(key)];
      else holder = isJsonObject(holder) && Object.hasOwn(holder, key) ? holder[key] : undefined;
    }
    if (isJsonObject(holder) && last !== undefined) delete holder[last];
  }
  return copy;
}
