import type { Log, StartStop, WorkerInfo, WorkerRegistry } from '@runyard/domain';

const HEARTBEAT_MS = 5_000;

/** Says every five seconds that this worker lives. Who is not heard of for fifteen counts as dead. */
export class Heartbeat implements StartStop {
  private readonly registry: WorkerRegistry;
  private readonly describe: () => WorkerInfo;
  private readonly log: Log;
  private timer: NodeJS.Timeout | undefined;

  constructor(registry: WorkerRegistry, describe: () => WorkerInfo, log: Log) {
    this.registry = registry;
    this.describe = describe;
    this.log = log;
  }

  async start(): Promise<void> {
    await this.registry.heartbeat(this.describe());
    this.timer = setInterval(() => void this.beat(), HEARTBEAT_MS);
  }

  /** Says at once that something about the worker changed. */
  async beat(): Promise<void> {
    try {
      await this.registry.heartbeat(this.describe());
    } catch (error) {
      this.log.warn('heartbeat not written', { error });
    }
  }

  async stop(): Promise<void> {
    if (!this.timer) return;
    clearInterval(this.timer);
    this.timer = undefined;
    await this.registry.remove(this.describe().id).catch(() => undefined);
  }
}
