import type { ClusterPause, ClusterPauses } from '@runyard/domain';

/** Marks of paused clusters in memory. */
export class MemoryClusterPauses implements ClusterPauses {
  private readonly pauses = new Map<string, ClusterPause>();

  pause(pause: ClusterPause): Promise<void> {
    if (!this.pauses.has(pause.cluster)) this.pauses.set(pause.cluster, pause);
    return Promise.resolve();
  }

  resume(cluster: string): Promise<void> {
    this.pauses.delete(cluster);
    return Promise.resolve();
  }

  get(cluster: string): Promise<ClusterPause | null> {
    return Promise.resolve(this.pauses.get(cluster) ?? null);
  }

  list(): Promise<readonly ClusterPause[]> {
    return Promise.resolve([...this.pauses.values()].sort((a, b) => (a.cluster < b.cluster ? -1 : 1)));
  }
}
