interface Group {
  /** Slots that this group may have at once. */
  readonly limit: number;
  running: number;
  readonly waiting: (() => void)[];
}

/**
 * Device slots of one worker, shared fairly: free slots go round the groups (runs) that wait, so that a run of many
 * devices never keeps a run of one device waiting for longer than one device.
 * Owns the order of `groups`: the one that was served last stands last.
 */
export class Slots {
  readonly size: number;
  private busyCount = 0;
  private readonly groups = new Map<string, Group>();

  constructor(size: number) {
    this.size = size;
  }

  get busy(): number {
    return this.busyCount;
  }

  /** Resolves when a slot is taken for the group. Whoever called must call `release` once. */
  acquire(groupId: string, limit: number): Promise<void> | null {
    const group = this.groupOf(groupId, limit);
    if (this.busyCount < this.size && group.running < group.limit && group.waiting.length === 0) {
      this.take(group);
      return null;
    }
    return new Promise((resolve) => group.waiting.push(resolve));
  }

  release(groupId: string): void {
    const group = this.groups.get(groupId);
    if (!group || group.running === 0) throw new Error(`a slot of ${groupId} was released twice`);
    group.running -= 1;
    this.busyCount -= 1;
    if (group.running === 0 && group.waiting.length === 0) this.groups.delete(groupId);
    this.serve();
  }

  private serve(): void {
    for (const [id, group] of this.groups) {
      if (this.busyCount >= this.size) return;
      if (group.waiting.length === 0 || group.running >= group.limit) continue;
      this.take(group);
      this.groups.delete(id);
      this.groups.set(id, group);
      group.waiting.shift()?.();
      // One slot was freed, so one was given; the loop goes on only when limits of groups kept others free.
    }
  }

  private take(group: Group): void {
    group.running += 1;
    this.busyCount += 1;
  }

  private groupOf(id: string, limit: number): Group {
    let group = this.groups.get(id);
    if (!group) this.groups.set(id, (group = { limit, running: 0, waiting: [] }));
    return group;
  }
}
