import { isIP } from 'node:net';

/** A form that a text may have to have: the check, and how to say it to people. */
interface Format {
  readonly expected: string;
  readonly matches: (text: string) => boolean;
}

const HOST = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/i;
/** A scope as RFC 6749 has it. */
const SCOPE = /^[!#-[\]-~]+$/;
const PROXY_WORDS = new Set(['loopback', 'linklocal', 'uniquelocal']);

/** The formats that the schema names. */
export const FORMATS: Readonly<Record<string, Format>> = {
  account: {
    expected: 'the name of a service account: 1 to 64 letters, digits, `.`, `_`, `@` and `-`',
    matches: (text) => /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/.test(text),
  },
  host: { expected: 'a host name or an IP address', matches: isHost },
  name: {
    expected: 'up to 63 letters, digits, `.`, `_` and `-`, beginning with a letter or digit',
    matches: (text) => /^[a-z0-9][a-z0-9._-]{0,62}$/i.test(text),
  },
  network: { expected: 'networks such as 10.0.0.0/8 or fd00::/8', matches: isNetwork },
  origin: { expected: 'addresses such as https://runyard.example:3000, without a path', matches: isOrigin },
  proxy: {
    expected: 'addresses, networks such as 10.0.0.0/8, or loopback, linklocal, uniquelocal',
    matches: (text) => PROXY_WORDS.has(text) || isNetwork(text),
  },
  'login-scope': {
    expected: 'scopes with one blank between them, among them openid',
    matches: (text) => text.split(' ').includes('openid') && text.split(' ').every((scope) => SCOPE.test(scope)),
  },
  'login-url': {
    expected: 'an https address without a fragment; http only on the loopback, such as http://127.0.0.1:3000',
    matches: isLoginUrl,
  },
  'redis-url': {
    expected:
      'an address such as redis://host:6379/0, rediss://host:6379 (TLS), redis+sentinel://h1:26379,h2:26379/name or redis+cluster://h1:6379,h2:6379',
    matches: isRedisUrl,
  },
  'secret-key': {
    expected: '32 bytes in base64 or hex; `openssl rand -base64 32` makes one',
    matches: (text) => decodeSecretKey(text) !== null,
  },
};

/** The 32 bytes of a secret key that is written in hex, base64 or base64url; null when it is none of them. */
export function decodeSecretKey(text: string): Uint8Array | null {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex');
  // 32 bytes are 43 digits of which the last carries four bits only, so that its lowest two must be zero.
  return /^[\w+/-]{42}[AEIMQUYcgkosw048]=?$/.test(text) ? Buffer.from(text, 'base64url') : null;
}

function isHost(text: string): boolean {
  return isIP(text) !== 0 || HOST.test(text);
}

function isNetwork(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128));
}

function isOrigin(text: string): boolean {
  if (!/^https?:\/\/[^/?#@\s]+\/?$/i.test(text) || !URL.canParse(text)) return false;
  const { pathname, username, password } = new URL(text);
  return pathname === '/' && username === '' && password === '';
}

/** What people log in by goes over the network in encrypted form only. */
function isLoginUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password, hash } = new URL(text);
  if (username !== '' || password !== '' || hash !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || (isIP(hostname) === 4 && hostname.startsWith('127.'));
}

function isRedisUrl(text: string): boolean {
  const match =
    /^(rediss?|rediss?\+sentinel|rediss?\+cluster):\/\/(?:[^@/\s]*@)?([^@/?#\s]+)(\/[^/?#\s]*)?(\?\S*)?$/.exec(text);
  if (!match) return false;
  const [, scheme = '', nodes = '', path = ''] = match;
  if (!nodes.split(',').every(isNode)) return false;
  if (scheme.endsWith('+sentinel')) return /^\/[\w.-]+$/.test(path);
  if (scheme.endsWith('+cluster')) return path === '' || path === '/';
  return !nodes.includes(',') && /^(\/\d{0,4})?$/.test(path);
}

/** `host`, `host:port`, `[v6]` or `[v6]:port`. */
function isNode(text: string): boolean {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text);
  if (!match) return false;
  const [, v6, host, port] = match;
  const isHostRight = v6 === undefined ? isHost(host ?? '') : isIP(v6) === 6;
  return isHostRight && (port === undefined || (Number(port) > 0 && Number(port) <= 65_535));
}
