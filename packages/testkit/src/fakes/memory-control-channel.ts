import type { ControlChannel, RunId, WorkerAnswer, WorkerQuestion, WorkerQuestions } from '@runyard/domain';

/** Messages to the workers of the same process. */
export class MemoryControlChannel implements ControlChannel, WorkerQuestions {
  readonly cancelled: RunId[] = [];
  private readonly cancelListeners: ((runId: RunId) => void)[] = [];
  private readonly pauseListeners: ((cluster: string) => void)[] = [];
  private readonly answerers: ((question: WorkerQuestion) => WorkerAnswer | null)[] = [];

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

  /** The answers are there at once, so nobody is waited for. */
  ask(
    question: WorkerQuestion,
    { isAccepted }: { readonly isAccepted: (answer: WorkerAnswer) => boolean },
  ): Promise<WorkerAnswer | null> {
    const answers = this.answerers.map((answer) => answer(question));
    return Promise.resolve(answers.find((answer) => answer !== null && isAccepted(answer)) ?? null);
  }

  onAsk(answer: (question: WorkerQuestion) => WorkerAnswer | null): void {
    this.answerers.push(answer);
  }
}
