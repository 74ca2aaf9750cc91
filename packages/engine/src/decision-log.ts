import type { AuditLog, Clock, Log, NewAuditEntry, StartStop } from '@runyard/domain';

const WINDOW_MS = 60_000;
const LOOK_EVERY_MS = 1_000;
/** Kinds of decisions on one actor or address in one minute that are told one by one. */
const OF_ONE_SOURCE_MAX = 100;
/** The same over all of them, in one process: only many together reach it. */
const KINDS_MAX = 3_000;

/** A decision as whoever took it knows it. Of the same kind are those of one actor, action, subject, code and address. */
export type Decision = Omit<NewAuditEntry, 'decision' | 'detail'> & {
  readonly decision: 'allowed' | 'denied';
  readonly detail?: NewAuditEntry['detail'];
};

export interface DecisionLogDependencies {
  readonly audit: Pick<AuditLog, 'append'>;
  readonly clock: Clock;
  readonly log: Log;
}

interface Kind {
  /** The newest decision of the kind. */
  last: Decision;
  /** How many there were beside the first one. */
  repeated: number;
}

interface Source {
  /** The actor, or the address. */
  readonly name: string;
  kinds: number;
  /** How many decisions have no row, because there were too many kinds of them. */
  leftOut: number;
  last: Decision;
}

/** Stands for all sources for which there is no room. */
const OTHERS = 'others';

/**
 * Decisions that anybody can bring about as often as he likes, denials and logins: the first of a kind is written into
 * the audit log at once; the others within the minute are counted, and told in one row when it is over. Whoever brings
 * about too many kinds has the rest of them counted in one row too. So the log can be filled neither with the same thing
 * nor with ever new ones, and nobody keeps out what others do.
 * Owns `kinds` and `sources`, which are those of the minute.
 */
export class DecisionLog implements StartStop {
  private readonly deps: DecisionLogDependencies;
  private readonly kinds = new Map<string, Kind>();
  private readonly sources = new Map<string, Source>();
  private startedAtMs = Number.NEGATIVE_INFINITY;
  private timer: NodeJS.Timeout | undefined;

  constructor(deps: DecisionLogDependencies) {
    this.deps = deps;
  }

  start(): Promise<void> {
    this.timer = setInterval(() => void this.look(), LOOK_EVERY_MS);
    this.timer.unref();
    return Promise.resolve();
  }

  /** Tells what was counted so far. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.tell();
  }

  /**
   * With `address` it counts for that, not for the actor: names that nobody has proved cost nothing. Never rejects: what
   * was decided stays so, whether that can be written down or not.
   */
  async note(decision: Decision, address?: string): Promise<void> {
    await this.look();
    const key = kindOf(decision);
    const kind = this.kinds.get(key);
    if (kind) {
      kind.last = decision;
      kind.repeated += 1;
      return;
    }
    const source = this.sourceOf(decision, address);
    if (source.kinds >= OF_ONE_SOURCE_MAX || this.kinds.size >= KINDS_MAX) {
      source.leftOut += 1;
      source.last = decision;
      return;
    }
    source.kinds += 1;
    this.kinds.set(key, { last: decision, repeated: 0 });
    await this.write({ ...decision, detail: decision.detail ?? {} });
  }

  private sourceOf(decision: Decision, address: string | undefined): Source {
    const key = address === undefined ? `actor ${decision.actor}` : `address ${address}`;
    const isFull = this.sources.size >= KINDS_MAX && !this.sources.has(key);
    const source = this.sources.get(isFull ? OTHERS : key);
    if (source) return source;
    const name = isFull ? OTHERS : (address ?? decision.actor);
    const added = { name, kinds: 0, leftOut: 0, last: decision };
    this.sources.set(isFull ? OTHERS : key, added);
    return added;
  }

  /** Tells what was counted when the minute is over. */
  private async look(): Promise<void> {
    const passedMs = this.deps.clock.nowMs() - this.startedAtMs;
    if (passedMs >= 0 && passedMs < WINDOW_MS) return;
    this.startedAtMs = this.deps.clock.nowMs();
    await this.tell();
  }

  private async tell(): Promise<void> {
    const rows = [
      ...[...this.kinds.values()].flatMap(({ last, repeated }) => (repeated > 0 ? [repeatedRow(last, repeated)] : [])),
      ...[...this.sources.values()].flatMap((source) => (source.leftOut > 0 ? [leftOutRow(source)] : [])),
    ];
    this.kinds.clear();
    this.sources.clear();
    await Promise.all(rows.map((row) => this.write(row)));
  }

  private async write(entry: NewAuditEntry): Promise<void> {
    await this.deps.audit.append(entry).catch((error: unknown) => {
      const { actor, action, subject } = entry;
      this.deps.log.warn('a decision was not written into the audit log', { actor, action, subject, error });
    });
  }
}

function kindOf({ actor, action, subject, decision, detail = {} }: Decision): string {
  return JSON.stringify([actor, action, subject, decision, detail['code'], detail['address']]);
}

function repeatedRow(last: Decision, repeated: number): NewAuditEntry {
  return { ...last, detail: { ...last.detail, repeated } };
}

function leftOutRow({ name, leftOut, last }: Source): NewAuditEntry {
  return {
    actor: name,
    action: 'audit.left-out',
    subject: name,
    decision: last.decision,
    reason: 'Within a minute there were more kinds of decisions than are told one by one.',
    detail: { repeated: leftOut },
  };
}
