import { MASK, type SecretValues } from './secret-values.ts';

// Secrets that can be told by their form alone: header values, our API keys, passwords in addresses, private keys.
const HEADER = /(\bauthorization[\\"']{0,4}\s{0,4}[:=]\s{0,4}[\\"']{0,4}(?:[a-z]{1,16}\s+)?)[^\s"',\\]{1,8192}/gi;
const SCHEME = /(\b(?:basic|bearer)\s{1,4})[\w+/=.~-]{16,8192}/gi;
const API_KEY = /\bry_[0-9A-Za-z]{40}\b/g;
const USERINFO = /(:\/\/[^\s/"@:]{0,128}:)[^\s/"@]{1,256}(?=@)/g;
const PRIVATE_KEY = /-----BEGIN [A-Z ]{0,32}PRIVATE KEY-----[^]*?(?:-----END [A-Z ]{0,32}PRIVATE KEY-----|$)/g;
// Loose on purpose: in a line of JSON, the `n` of an escaped line end may stand right before a secret.
const ANY_FORM =
  /authorization[\\"']{0,4}\s{0,4}[:=]|(?:basic|bearer)\s{1,4}[\w+/=.~-]{16}|ry_[0-9A-Za-z]{40}|:\/\/[^\s/"@:]{0,128}:[^\s/"@]{1,256}@|PRIVATE KEY-----/i;

/** True when a line may hold a secret, so that it must be looked at part by part. */
export function maySecretBeIn(line: string, secrets: SecretValues): boolean {
  return ANY_FORM.test(line) || secrets.isIn(line);
}

/** The text without the known secrets and without what looks like one. */
export function maskText(text: string, secrets: SecretValues): string {
  return secrets
    .mask(text)
    .replace(PRIVATE_KEY, MASK)
    .replace(HEADER, `$1${MASK}`)
    .replace(SCHEME, `$1${MASK}`)
    .replace(API_KEY, MASK)
    .replace(USERINFO, `$1${MASK}`);
}
