import type { SecretWatch } from './secret-watch.ts';

/** Where callers give us secrets. What they put anywhere else, such as into params, is not one for us. */
const PATHS = /^\/(?:login|oauth\/token|v1\/(?:session|users|secrets|credentials|catalog)(?:\/|$))/;
/** Names under which a secret stands in the body. `value` only below `secrets`: inputs have values too. */
const NAMES: ReadonlySet<string> = new Set([
  'password',
  'passphrase',
  'privateKey',
  'enablePassword',
  'token',
  'client_secret',
]);

/** Plants the secrets that a request gives to a gateway, so that they are found wherever they come back. */
export function plantRequestSecrets(watch: SecretWatch, path: string, body: unknown): void {
  if (!PATHS.test(path) || typeof body !== 'string') return;
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return;
  }
  plantBelow(watch, json, path.startsWith('/v1/secrets') ? 'secrets' : '', path);
}

function plantBelow(watch: SecretWatch, value: unknown, section: string, path: string): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    const isSecret = NAMES.has(name) || (name === 'value' && section === 'secrets');
    if (isSecret && typeof member === 'string') watch.plant(`${name} given to ${path}`, member);
    else plantBelow(watch, member, Array.isArray(value) ? section : name, path);
  }
}
