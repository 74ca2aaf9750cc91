import type { ControlChannel, RunId } from '@runyard/domain';

/** Messages to the workers of the same process. */
export class MemoryControlChannel implements ControlChannel {
  readonly cancelled: RunId[] = [];
  private readonly cancelListeners: ((runId: RunId) => void)[] = [];
  private readonly pauseListeners: ((cluster: string) => void)[] = [];

  cancel(runId: RunId): Promise<void> {
    this.cancelled.push(runId);
    for (const listener of this.cancelListeners) listener(runId);
    return Promise.resolve();
  }

  onCancel(listener: (runId: RunId) => void): void {
    this.cancelListeners.push(listener);
  }

  clusterPause(cluster: string): Promise<void> {
    for (const listener of this.pauseListeners) listener(cluster);
    return Promise.resolve();
  }

  onClusterPause(listener: (cluster: string) => void): void {
    this.pauseListeners.push(listener);
  }
}
