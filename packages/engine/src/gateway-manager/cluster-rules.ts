import {
  AppError,
  type ClusterRules,
  type GatewayManagerStore,
  type GatewayManagerView,
  type GatewayRecord,
  type Log,
  type StartStop,
} from '@runyard/domain';

const LOOK_EVERY_MS = 1_000;

export interface ClusterRuleBookDependencies {
  readonly store: GatewayManagerStore;
  readonly log: Log;
}

/**
 * Knows which clusters take no runs without asking at each acceptance: the store hears of changes at once, and a look
 * each second finds those whose message was lost.
 */
export class ClusterRuleBook implements ClusterRules, StartStop {
  private readonly deps: ClusterRuleBookDependencies;
  private readonly closedBy = new WeakMap<GatewayManagerView, ReadonlyMap<string, GatewayRecord>>();
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | null = null;
  private isStopped = false;

  constructor(deps: ClusterRuleBookDependencies) {
    this.deps = deps;
  }

  async start(): Promise<void> {
    if (this.isStopped) return;
    await this.look();
    this.timer = setInterval(() => void this.look(), LOOK_EVERY_MS);
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    clearInterval(this.timer);
    await this.looking;
  }

  check(clusters: () => Iterable<string>): void {
    const view = this.deps.store.lastView();
    const closed = view ? this.closedOf(view) : null;
    if (!closed || closed.size === 0) return;
    for (const cluster of clusters()) {
      const gateway = closed.get(cluster);
      if (gateway && !gateway.enabled) {
        throw new AppError('CLUSTER_DISABLED', `The cluster '${cluster}' is disabled and runs nothing.`);
      }
      if (gateway) throw new AppError('CLUSTER_READ_ONLY', `The cluster '${cluster}' is read-only and runs nothing.`);
    }
  }

  /** One at a time. Never rejects: while the store is away, what was seen last counts. */
  private look(): Promise<void> {
    const { store, log } = this.deps;
    this.looking ??= store
      .view()
      .then(
        () => undefined,
        (error: unknown) => log.warn('could not look which clusters take runs', { error }),
      )
      .finally(() => (this.looking = null));
    return this.looking;
  }

  private closedOf(view: GatewayManagerView): ReadonlyMap<string, GatewayRecord> {
    const known = this.closedBy.get(view);
    if (known) return known;
    const closed = [...view.gateways.values()].filter((gateway) => !gateway.enabled || gateway.readonly);
    const byCluster = new Map(closed.map((gateway) => [gateway.cluster, gateway]));
    this.closedBy.set(view, byCluster);
    return byCluster;
  }
}
