import { createHmac } from 'node:crypto';

/** One key of a known-hosts file. */
export interface KnownKey {
  /** Line in the file, from 1. */
  readonly line: number;
  readonly type: string;
  /** The key in Base64, as in the file. */
  readonly key: string;
  readonly revoked: boolean;
}

interface Patterns {
  readonly patterns: readonly { readonly regex: RegExp; readonly not: boolean }[];
  readonly key: KnownKey;
}

interface HashedHost {
  readonly salt: Buffer;
  readonly hash: string;
  readonly key: KnownKey;
}

const FIELDS = /^(?:(@\S+)\s+)?(\S+)\s+(\S+)\s+([A-Za-z0-9+/]+=*)(?:\s|$)/;

/** `192.0.2.1` for port 22, else `[192.0.2.1]:2222`. */
export function knownHostName(host: string, port: number): string {
  return port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
}

/** The content of a known-hosts file of OpenSSH. Plain names are found by look-up, patterns and hashes one by one. */
export class KnownHostsFile {
  readonly #plain = new Map<string, KnownKey[]>();
  readonly #patterns: Patterns[] = [];
  readonly #hashed: HashedHost[] = [];
  /** Answers for hashed names: each costs one HMAC per line of the file. */
  readonly #hashedFound = new Map<string, readonly KnownKey[]>();

  constructor(text: string) {
    let line = 0;
    for (const content of text.split('\n')) {
      line += 1;
      this.#read(content.trim(), line);
    }
  }

  /** Adds a line that was appended to the file. */
  add(name: string, type: string, key: string): void {
    this.#addPlain(name, { line: 0, type, key, revoked: false });
  }

  keysOf(name: string): readonly KnownKey[] {
    const found = [...(this.#plain.get(name) ?? [])];
    for (const { patterns, key } of this.#patterns) if (matchesPatterns(patterns, name)) found.push(key);
    if (this.#hashed.length > 0) found.push(...this.#hashedKeys(name));
    return found;
  }

  #read(content: string, line: number): void {
    if (content === '' || content.startsWith('#')) return;
    const [, marker, hosts, type, key] = FIELDS.exec(content) ?? [];
    // Certificates of hosts are not supported, so lines with @cert-authority trust nothing here.
    if (!hosts || !type || !key || (marker !== undefined && marker !== '@revoked')) return;
    const known: KnownKey = { line, type, key, revoked: marker === '@revoked' };
    if (hosts.startsWith('|1|')) {
      const [, , salt, hash] = hosts.split('|');
      if (salt && hash) this.#hashed.push({ salt: Buffer.from(salt, 'base64'), hash, key: known });
      return;
    }
    const names = hosts.toLowerCase().split(',');
    if (!/[*?!]/.test(hosts)) for (const name of names) this.#addPlain(name, known);
    else this.#patterns.push({ patterns: names.map(compilePattern), key: known });
  }

  #addPlain(name: string, key: KnownKey): void {
    // `[host]:22` and `host` are the same.
    const plain = /^\[(.*)\]:22$/.exec(name)?.[1] ?? name;
    const keys = this.#plain.get(plain);
    if (keys) keys.push(key);
    else this.#plain.set(plain, [key]);
  }

  #hashedKeys(name: string): readonly KnownKey[] {
    const before = this.#hashedFound.get(name);
    if (before) return before;
    const found = this.#hashed
      .filter(({ salt, hash }) => createHmac('sha1', salt).update(name).digest('base64') === hash)
      .map(({ key }) => key);
    this.#hashedFound.set(name, found);
    return found;
  }
}

function compilePattern(pattern: string): { regex: RegExp; not: boolean } {
  const not = pattern.startsWith('!');
  const source = (not ? pattern.slice(1) : pattern)
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    // Runs of stars are one star: two next to each other would only make matching slow.
    .replace(/\*+/g, '.*')
    .replaceAll('?', '.');
  return { regex: new RegExp(`^${source}$`), not };
}

function matchesPatterns(patterns: Patterns['patterns'], name: string): boolean {
  if (patterns.some(({ regex, not }) => not && regex.test(name))) return false;
  return patterns.some(({ regex, not }) => !not && regex.test(name));
}
