import type { ControlChannel, RunId } from '@runyard/domain';

/** Messages to the workers of the same process. */
export class MemoryControlChannel implements ControlChannel {
  readonly cancelled: RunId[] = [];
  private readonly listeners: ((runId: RunId) => void)[] = [];

  cancel(runId: RunId): Promise<void> {
    this.cancelled.push(runId);
    for (const listener of this.listeners) listener(runId);
    return Promise.resolve();
  }

  onCancel(listener: (runId: RunId) => void): void {
    this.listeners.push(listener);
  }
}
