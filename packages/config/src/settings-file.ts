import { parseDocument } from 'yaml';
import { hint } from './closest-name.ts';
import type { ConfigProblem } from './config-error.ts';
import { type Layer, type Reading, pointerOf } from './layer.ts';
import { readMountedFile, readSmallFile } from './mounted-file.ts';
import type { GroupSchema } from './schema-type.ts';
import { SETTINGS_SCHEMA } from './settings-schema.ts';

const FILE_BYTES_MAX = 1_048_576;
const SECRET_KEY = '/secretKey';
const SECRET_KEY_FILE = '/secretKeyFile';

/** The settings that a YAML or JSON file gives. */
export function readSettingsFile(path: string): Reading {
  const text = readSmallFile(path, FILE_BYTES_MAX);
  if (typeof text !== 'string') return failed('settings file', text.problem);
  const document = parseDocument(text, { uniqueKeys: true });
  const [error] = document.errors;
  // Only the first line of a YAML error: the rest quotes the file, which may hold a secret.
  if (error) return failed(path, error.message.split('\n')[0] ?? 'is not YAML');
  let content: unknown;
  try {
    content = document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    return failed(path, (cause as Error).message);
  }
  const reading = { layer: new Map(), problems: [] };
  if (content === null || content === undefined) return reading;
  readGroup(SETTINGS_SCHEMA, content, [], path, reading);
  readSecretKeyFile(reading);
  return reading;
}

function failed(source: string, message: string): Reading {
  return { layer: new Map(), problems: [{ source, message }] };
}

interface Collected {
  readonly layer: Layer;
  readonly problems: ConfigProblem[];
}

function readGroup(group: GroupSchema, content: unknown, path: readonly string[], file: string, into: Collected): void {
  const place = path.length === 0 ? file : `${file} ${pointerOf(path)}`;
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    into.problems.push({ source: place, message: 'must be a group of settings' });
    return;
  }
  for (const [name, value] of Object.entries(content)) {
    // `redis:` with nothing below it is a group that was commented out, not a mistake.
    if (value === null) continue;
    const source = `${file} ${pointerOf([...path, name])}`;
    const schema = Object.hasOwn(group.properties, name) ? group.properties[name] : undefined;
    if (schema === undefined) {
      into.problems.push({ source, message: `is not a setting${hint(name, Object.keys(group.properties))}` });
    } else if (schema.type === 'object') {
      readGroup(schema, value, [...path, name], file, into);
    } else {
      into.layer.set(pointerOf([...path, name]), { value, source });
    }
  }
}

/** Within the file, `secretKeyFile` stands for the key itself, as the variable does among the variables. */
function readSecretKeyFile({ layer, problems }: Collected): void {
  const given = layer.get(SECRET_KEY_FILE);
  if (given === undefined || layer.has(SECRET_KEY)) return;
  if (typeof given.value !== 'string') return;
  const content = readMountedFile(given.value);
  if (typeof content === 'string') layer.set(SECRET_KEY, { value: content, source: given.source });
  else problems.push({ source: given.source, message: content.problem });
}
