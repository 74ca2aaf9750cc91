/** Names whose value is secret, alone or at the end of a longer name (`enablePassword`, `x-api-key`). */
const SECRET_NAME =
  /(password|passwd|passphrase|passcode|secret|token|authorization|cookie|privatekey|apikey|accesskey|secretkey|sshkey|passwordhash|sealed|community)s?$|^(pass|pwd|auth)$/;

/** Names that end like a secret and are none. */
const HARMLESS_NAMES = new Set(['fencingtoken']);

const REMEMBERED_MAX = 2_000;
const remembered = new Map<string, boolean>();

/** True when a field of this name is never written to the log. */
export function isSecretKey(key: string): boolean {
  const known = remembered.get(key);
  if (known !== undefined) return known;
  const name = key
    .slice(-64)
    .replaceAll(/[^a-z0-9]/gi, '')
    .toLowerCase();
  const isSecret = SECRET_NAME.test(name) && !HARMLESS_NAMES.has(name);
  if (remembered.size < REMEMBERED_MAX) remembered.set(key, isSecret);
  return isSecret;
}
