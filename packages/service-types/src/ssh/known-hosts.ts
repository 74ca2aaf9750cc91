import { mkdir, open, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type AppError, deviceError, type HostKeyPolicy, type Log } from '@runyard/domain';
import { keyFingerprint } from './fingerprint.ts';
import { type KnownKey, KnownHostsFile, knownHostName } from './known-hosts-file.ts';

export interface HostKeyQuestion {
  /** What people call the device. */
  readonly device: string;
  readonly host: string;
  readonly port: number;
  readonly policy: HostKeyPolicy;
  /** The key that the device shows, as on the wire. */
  readonly key: Buffer;
}

/** How old the knowledge about the file may be, in milliseconds. Before a key is refused the file is looked at again. */
const FRESH_MS = 1_000;

/**
 * The known-hosts file of this worker. It is parsed again only when it changed. Other processes may append to the same
 * file: each new key is one write of one line, and the same line twice does no harm.
 */
export class KnownHosts {
  readonly #file: string;
  readonly #log: Log | undefined;
  readonly #nowMs: () => number;
  #content: KnownHostsFile | undefined;
  #version = '';
  #endsInLine = true;
  #checkedAtMs = Number.NEGATIVE_INFINITY;
  #loading: Promise<KnownHostsFile> | undefined;

  constructor(file: string, log?: Log, nowMs: () => number = () => performance.now()) {
    this.#file = file;
    this.#log = log;
    this.#nowMs = nowMs;
  }

  /** The types of key that are known for a host, so that the device is asked for one of these. */
  async keyTypes(host: string, port: number): Promise<readonly string[]> {
    const keys = (await this.#load(false)).keysOf(knownHostName(host, port));
    return [...new Set(keys.filter((key) => !key.revoked).map((key) => key.type))];
  }

  /** Resolves when the key is good, else with why not. Writes the key down when the policy is to accept new ones. */
  async check(question: HostKeyQuestion): Promise<AppError | undefined> {
    if (question.policy === 'off') return undefined;
    const first = verdict(question, (await this.#load(false)).keysOf(nameOf(question)), this.#file);
    if (first.answer === 'known') return undefined;
    const again = verdict(question, (await this.#load(true)).keysOf(nameOf(question)), this.#file);
    if (again.answer === 'known') return undefined;
    if (again.answer === 'refused') return again.error;
    if (question.policy === 'accept-new') {
      await this.#append(question);
      this.#log?.info('a new host key was accepted', { host: nameOf(question), key: describeKey(question.key) });
      return undefined;
    }
    return deviceError(
      'HOST_KEY_UNKNOWN',
      `${this.#file} has no host key for ${nameOf(question)}. '${question.device}' shows ${describeKey(question.key)}`,
    );
  }

  async #append(question: HostKeyQuestion): Promise<void> {
    const name = nameOf(question);
    const type = keyType(question.key);
    const key = question.key.toString('base64');
    // Before the write, so that other connections to the same device that wait meanwhile do not write it again.
    this.#content?.add(name, type, key);
    try {
      await mkdir(dirname(this.#file), { recursive: true });
      const file = await open(this.#file, 'a', 0o600);
      try {
        await file.write(`${this.#endsInLine ? '' : '\n'}${name} ${type} ${key}\n`);
        this.#endsInLine = true;
      } finally {
        await file.close();
      }
    } catch (error) {
      this.#content = undefined;
      throw deviceError('HOST_KEY_UNKNOWN', `The host key of ${name} could not be written to ${this.#file}`, error);
    }
  }

  #load(again: boolean): Promise<KnownHostsFile> {
    if (!again && this.#content && this.#nowMs() - this.#checkedAtMs < FRESH_MS) return Promise.resolve(this.#content);
    this.#loading ??= this.#read().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #read(): Promise<KnownHostsFile> {
    const checkedAtMs = this.#nowMs();
    let text = '';
    let version = 'absent';
    try {
      const { mtimeMs, size, ino } = await stat(this.#file);
      version = `${mtimeMs} ${size} ${ino}`;
      if (!this.#content || version !== this.#version) text = await readFile(this.#file, 'utf8');
    } catch (error) {
      if (!isAbsent(error)) {
        throw deviceError('HOST_KEY_UNKNOWN', `The known hosts cannot be read from ${this.#file}`, error);
      }
    }
    if (!this.#content || version !== this.#version) {
      this.#content = new KnownHostsFile(text);
      this.#endsInLine = text === '' || text.endsWith('\n');
    }
    this.#version = version;
    this.#checkedAtMs = checkedAtMs;
    return this.#content;
  }
}

type Verdict = { readonly answer: 'known' | 'unknown' } | { readonly answer: 'refused'; readonly error: AppError };

function verdict(question: HostKeyQuestion, known: readonly KnownKey[], file: string): Verdict {
  const shown = question.key.toString('base64');
  const same = known.filter((key) => key.key === shown);
  const revoked = same.find((key) => key.revoked);
  if (revoked) {
    const text = `${file} line ${revoked.line} revokes the host key that '${question.device}' shows (${describeKey(question.key)})`;
    return { answer: 'refused', error: deviceError('HOST_KEY_CHANGED', text) };
  }
  if (same.length > 0) return { answer: 'known' };
  // A key of another type counts as changed as well: else whoever stands between could simply show another type.
  const expected =
    known.find((key) => !key.revoked && key.type === keyType(question.key)) ?? known.find((k) => !k.revoked);
  if (!expected) return { answer: 'unknown' };
  const text =
    `'${question.device}' (${nameOf(question)}) shows ${describeKey(question.key)}, but ${file} ` +
    `${expected.line === 0 ? 'has' : `line ${expected.line} has`} ${describeKey(Buffer.from(expected.key, 'base64'))}`;
  return { answer: 'refused', error: deviceError('HOST_KEY_CHANGED', text) };
}

function nameOf(question: HostKeyQuestion): string {
  return knownHostName(question.host, question.port);
}

function describeKey(key: Buffer): string {
  return `${keyType(key)} ${keyFingerprint(key)}`;
}

/** The type that begins each public key on the wire. */
function keyType(key: Buffer): string {
  const length = key.length >= 4 ? key.readUInt32BE(0) : 0;
  return key.subarray(4, 4 + Math.min(length, 64)).toString('latin1');
}

function isAbsent(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';
}
