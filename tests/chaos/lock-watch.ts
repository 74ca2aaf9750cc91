import type { HistoryEvent } from '@runyard/testkit';

interface Held {
  readonly lock: string;
  readonly holder: string;
  readonly token: number;
  untilMs: number;
}

/** A script that runs now. */
export interface Caller {
  readonly key: string;
  readonly args: readonly string[];
}

const LOCK_KEY = /:lock:\{[0-9a-f]+\}$/;

/** Turns writes into records of locks into events: what was given to whom, renewed and taken, by which token. */
export class LockWatch {
  private readonly held = new Map<string, Held>();
  private readonly report: (event: HistoryEvent) => void;

  constructor(report: (event: HistoryEvent) => void) {
    this.report = report;
  }

  /** Commands were missed: of no lock it is known any more who has it. */
  lookAway(atMs: number): void {
    for (const { lock, holder, token } of this.held.values()) {
      this.report({ kind: 'lock-released', atMs, lock, holder, token });
    }
    this.held.clear();
  }

  /** One command of a script. */
  read(words: readonly string[], atMs: number, caller: Caller | null): void {
    const [command = '', key = '', ...rest] = words;
    if (!LOCK_KEY.test(key)) return;
    if (command.toUpperCase() === 'HDEL' && rest.includes('member')) this.readEnd(key, atMs, caller);
    else if (command.toUpperCase() === 'HSET') this.readWrite(key, rest, atMs, caller);
  }

  private readWrite(key: string, words: readonly string[], atMs: number, caller: Caller | null): void {
    const fields = new Map<string, string>();
    for (let index = 0; index + 1 < words.length; index += 2) fields.set(words[index] ?? '', words[index + 1] ?? '');
    const before = this.held.get(key);
    const token = Number(fields.get('token'));
    const untilMs = Number(fields.get('until') ?? before?.untilMs);
    const member = fields.get('member');
    if (member !== undefined) {
      const held = { lock: fields.get('key') ?? '', holder: member, token, untilMs };
      this.held.set(key, held);
      this.report({ kind: 'lock-acquired', atMs, lock: held.lock, holder: member, token });
    } else if (before && fields.has('token')) {
      // The same device in the hands of another worker.
      this.report({ kind: 'lock-released', atMs, ...before });
      this.held.set(key, { ...before, token });
      this.report({ kind: 'lock-acquired', atMs, ...before, token });
    } else if (before && fields.has('until')) {
      before.untilMs = untilMs;
      const token = tokenOf(key, caller);
      if (token !== null) this.report({ kind: 'lock-renewed', atMs, lock: before.lock, holder: before.holder, token });
    }
  }

  private readEnd(key: string, atMs: number, caller: Caller | null): void {
    const before = this.held.get(key);
    if (!before) return;
    this.held.delete(key);
    const { lock, holder } = before;
    // Whoever comes after the end of a lease may end it; before that only its own token does.
    const token = (atMs < before.untilMs ? tokenOf(key, caller) : null) ?? before.token;
    this.report({ kind: 'lock-released', atMs, lock, holder, token });
  }
}

/** The token with which a script renews or releases; null for all others. */
function tokenOf(key: string, caller: Caller | null): number | null {
  const [, token = '', ...more] = caller?.key === key ? caller.args : [];
  return more.length === 0 && /^\d+$/.test(token) ? Number(token) : null;
}
