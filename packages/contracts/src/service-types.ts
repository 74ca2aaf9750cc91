import { durationSchema, formatDuration } from './durations.ts';
import type { Schema, SchemaObject } from './json-schema.ts';
import { rewriteSchema } from './schema-rewrite.ts';
import { ansiblePlaybookSettings } from './service-types/ansible-playbook.ts';
import { executableSettings } from './service-types/executable.ts';
import { httpRequestSettings } from './service-types/http-request.ts';
import { mailSettings } from './service-types/mail.ts';
import { noOpSettings } from './service-types/no-op.ts';
import { opentofuPlanSettings } from './service-types/opentofu-plan.ts';
import { pingSettings } from './service-types/ping.ts';
import { pythonScriptSettings } from './service-types/python-script.ts';
import { sshCommandSettings } from './service-types/ssh-command.ts';

interface ServiceTypeEntry {
  /** The settings as the worker gets them: durations are milliseconds in keys that end in `Ms`. */
  readonly settings: SchemaObject;
  /** Keys in documents where the mechanical one is taken by a key of all services. */
  readonly documentKeys?: Readonly<Record<string, string>>;
}

// A new type of service is one more line here.
const SERVICE_TYPES: Readonly<Record<string, ServiceTypeEntry>> = {
  'ansible-playbook': { settings: ansiblePlaybookSettings },
  executable: { settings: executableSettings },
  'http-request': { settings: httpRequestSettings, documentKeys: { timeoutMs: 'requestTimeout' } },
  mail: { settings: mailSettings },
  'no-op': { settings: noOpSettings },
  'opentofu-plan': { settings: opentofuPlanSettings },
  ping: { settings: pingSettings, documentKeys: { timeoutMs: 'probeTimeout' } },
  'python-script': { settings: pythonScriptSettings },
  'ssh-command': { settings: sshCommandSettings },
};

/** Names of the types of services, in ascending order. */
export const SERVICE_TYPE_NAMES: readonly string[] = Object.keys(SERVICE_TYPES).sort();

/** The schema of the settings of a type as the domain has them; undefined for an unknown type. */
export function serviceTypeSettings(type: string): SchemaObject | undefined {
  return Object.hasOwn(SERVICE_TYPES, type) ? SERVICE_TYPES[type]?.settings : undefined;
}

/** The keys of a type as people write them: `connectTimeout: 10s` instead of `connectTimeoutMs: 10000`. */
export function serviceTypeKeys(type: string): SchemaObject {
  const entry = SERVICE_TYPES[type];
  if (!entry) throw new Error(`no such type of service: ${type}`);
  const { settings, documentKeys = {} } = entry;
  const names = milliseconds(settings);
  const documentKey = (key: string) => documentKeys[key] ?? (names.has(key) ? key.slice(0, -2) : key);
  const schema = (part: Schema, key: string) => (names.has(key) ? asDuration(part, key, documentKey(key)) : part);
  return rewriteSchema(settings, { key: documentKey, schema }) as SchemaObject;
}

function milliseconds(settings: SchemaObject): ReadonlySet<string> {
  return new Set(Object.keys(settings.properties ?? {}).filter((key) => /[a-z]Ms$/.test(key)));
}

function asDuration(part: Schema, key: string, documentKey: string): SchemaObject {
  if (typeof part === 'boolean') throw new Error(`a duration needs its bounds: ${key}`);
  const { minimum = 0, maximum = Number.MAX_SAFE_INTEGER, default: preset } = part;
  const schema = durationSchema({
    description: (part.description ?? documentKey).replace(/^Milliseconds\b/, 'Time'),
    minimumMs: minimum,
    maximumMs: maximum,
    ...(typeof preset === 'number' ? { default: formatDuration(preset) } : {}),
  });
  return documentKey === key.slice(0, -2) ? schema : { ...schema, 'x-domainKey': key };
}
