import type { TaskOutcome } from '@runyard/domain';
import type { Task } from '@runyard/domain';

/** Tasks that come within this time of each other are done together. */
const QUIET_MS = 40;
const WAIT_MS_MAX = 400;
const TASKS_MAX = 500;

/** A task of a group, and how its caller learns of its end. */
export interface Member {
  readonly task: Task;
  readonly resolve: (outcome: TaskOutcome) => void;
  readonly reject: (reason: unknown) => void;
}

interface Group {
  readonly members: Member[];
  readonly openedAtMs: number;
  timer: NodeJS.Timeout;
}

/**
 * Gathers the tasks of one run that begin at about the same time, because one process for all of them costs little more
 * than one for each. The work is theirs together; each is settled by itself.
 */
export class Gather {
  private readonly groups = new Map<string, Group>();
  private readonly work: (members: readonly Member[]) => void;

  constructor(work: (members: readonly Member[]) => void) {
    this.work = work;
  }

  /** Tasks with the same key may share one process. */
  add(key: string, task: Task): Promise<TaskOutcome> {
    return new Promise((resolve, reject) => {
      const group = this.groups.get(key) ?? this.open(key);
      group.members.push({ task, resolve, reject });
      clearTimeout(group.timer);
      const isFull = group.members.length >= TASKS_MAX || performance.now() - group.openedAtMs > WAIT_MS_MAX;
      if (isFull) this.close(key, group);
      else group.timer = setTimeout(() => this.close(key, group), QUIET_MS);
    });
  }

  private open(key: string): Group {
    const group: Group = {
      members: [],
      openedAtMs: performance.now(),
      timer: setTimeout(() => undefined, 0),
    };
    this.groups.set(key, group);
    return group;
  }

  private close(key: string, group: Group): void {
    if (this.groups.get(key) === group) this.groups.delete(key);
    this.work(group.members);
  }
}
