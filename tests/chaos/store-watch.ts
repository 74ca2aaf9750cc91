import { connect, type Socket } from 'node:net';
import { type DeviceState, deviceStateOf, isTerminal, type RunState } from '@runyard/domain';
import { type HistoryEvent, waitFor } from '@runyard/testkit';
import { LockWatch } from './lock-watch.ts';

interface Slice {
  names: readonly string[];
  entries: string;
}

const ENTRY_CHARS = 6;

/**
 * Reads along what Redis does (`MONITOR`) and turns writes into records of runs into events: who claimed, with which
 * token each write came, what it changed. It knows the fields of a run's record on purpose: what workers and gateways
 * say about themselves proves nothing.
 */
export class StoreWatch {
  readonly events: HistoryEvent[] = [];
  /** Calls back at each result of a device. */
  onResult: (atMs: number) => void = () => undefined;
  private readonly port: number;
  private readonly locks = new LockWatch((event) => this.events.push(event));
  private readonly slices = new Map<string, Slice>();
  private socket: Socket | null = null;
  private closed = false;
  private rest = '';
  /** What the script that runs now was called with. */
  private caller: {
    readonly key: string;
    readonly args: readonly string[];
    readonly slice: string;
    readonly token: string;
  } | null = null;

  constructor(port: number) {
    this.port = port;
  }

  /** Resolves when Redis reports. Comes back by itself when Redis does. */
  async open(): Promise<void> {
    await waitFor(() => this.connect(), { timeoutMs: 20_000, intervalMs: 20 });
  }

  close(): void {
    this.closed = true;
    this.socket?.destroy();
  }

  private connect(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect({ host: '127.0.0.1', port: this.port });
      let isOpen = false;
      this.rest = '';
      socket.setEncoding('latin1').on('data', (chunk: string) => {
        isOpen ||= chunk.startsWith('+OK');
        if (!isOpen) socket.destroy();
        else this.take(chunk);
        resolve(isOpen);
      });
      socket.on('error', () => undefined);
      socket.on('close', () => {
        resolve(false);
        if (isOpen) this.locks.lookAway(Date.now());
        if (isOpen && !this.closed) void this.open().catch(() => undefined);
      });
      socket.write('MONITOR\r\n');
      this.socket = socket;
    });
  }

  private take(chunk: string): void {
    const lines = (this.rest + chunk).split('\r\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) if (isWorthReading(line)) this.readLine(line);
  }

  private readLine(line: string): void {
    const parts = /^\+([\d.]+) \[\d+ (\S+)\] (.*)$/.exec(line);
    if (!parts) return;
    const [, seconds, client, text = ''] = parts;
    const words = wordsOf(text);
    const command = words[0]?.toUpperCase();
    if (client !== 'lua') {
      const keys = Number(words[2]);
      this.caller =
        command === 'EVALSHA' || command === 'EVAL'
          ? {
              key: words[3] ?? '',
              args: words.slice(3 + keys),
              slice: words[3 + keys] ?? '',
              token: words[4 + keys] ?? '',
            }
          : null;
    } else {
      if (command === 'HSET') this.readWrite(words[1] ?? '', words.slice(2), Number(seconds) * 1_000);
      this.locks.read(words, Number(seconds) * 1_000, this.caller);
    }
  }

  private readWrite(key: string, words: readonly string[], atMs: number): void {
    const run = /\{([0-9a-f]{24})\}:run$/.exec(key)?.[1];
    if (run === undefined) return;
    const fields = new Map<string, string>();
    for (let index = 0; index + 1 < words.length; index += 2) fields.set(words[index] ?? '', words[index + 1] ?? '');
    for (const [field, value] of fields) {
      const [, slice, what] = /^(\d+):([nsto])$/.exec(field) ?? [];
      if (slice === undefined) continue;
      if (what === 'n') this.sliceOf(run, slice).names = value.split('\n');
      else if (what === 's') this.readEntries(run, key, slice, value, atMs);
      else if (what === 't') {
        const owner = fields.get(`${slice}:o`) ?? '';
        this.events.push({ kind: 'claimed', atMs, run, slice: Number(slice), owner, token: Number(value) });
      }
    }
    const state = fields.get('state') as RunState | undefined;
    if (state !== undefined && isTerminal(state)) this.events.push({ kind: 'ended', atMs, run, state });
  }

  private readEntries(run: string, key: string, slice: string, entries: string, atMs: number): void {
    const known = this.sliceOf(run, slice);
    const before = known.entries;
    known.entries = entries;
    const isOwn = this.caller?.key === key && this.caller.slice === slice && /^\d+$/.test(this.caller.token);
    const token = isOwn ? Number(this.caller?.token) : null;
    for (let at = 0; at < entries.length; at += ENTRY_CHARS) {
      const letter = entries.charAt(at);
      if (letter === (before.charAt(at) || 'p') || letter === 'p') continue;
      const state: DeviceState = deviceStateOf(letter);
      const position = at / ENTRY_CHARS;
      const device = known.names[position] ?? `${slice}/${position}`;
      const written = { atMs, run, slice: Number(slice), device, token };
      if (state === 'running') this.events.push({ kind: 'started', ...written });
      else {
        this.events.push({ kind: 'result', ...written, state });
        this.onResult(atMs);
      }
    }
  }

  private sliceOf(run: string, slice: string): Slice {
    const key = `${run}/${slice}`;
    const known = this.slices.get(key) ?? { names: [], entries: '' };
    this.slices.set(key, known);
    return known;
  }
}

/**
 * Each call of a script counts, also one that several calls share and that names no key: what is written behind it is
 * not the work of the call before.
 */
function isWorthReading(line: string): boolean {
  return line.includes(':run"') || line.includes(':lock:{') || /\] "eval(?:sha)?"/i.test(line);
}

/** The words of a line of MONITOR, each in quotes with escapes of C. */
function wordsOf(text: string): string[] {
  return Array.from(text.matchAll(/"((?:[^"\\]|\\.)*)"/g), ([, word = '']) => unescape(word));
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', a: '\u0007', b: '\b' };

function unescape(word: string): string {
  if (!word.includes('\\')) return word;
  return word.replaceAll(/\\(?:x([0-9a-f]{2})|(.))/g, (_, hex: string | undefined, letter: string | undefined) =>
    hex === undefined ? (ESCAPES[letter ?? ''] ?? letter ?? '') : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
