import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { type Clock, DEFAULT_CLUSTER, type Log, type StartStop } from '@runyard/domain';
import { DecisionLog } from '@runyard/engine';
import { createIdentity, type OidcSettings } from '@runyard/identity';
import { createLineageSigner } from '@runyard/outbound';
import { BullRunQueue } from '@runyard/queue';
import {
  checkPolicy,
  closeRedis,
  connectRedis,
  type ConnectionRole,
  type RedisConnection,
  type RedisSettings,
} from '@runyard/redis';
import { createApp } from './app.ts';
import { applyStartCatalog, type StartCatalog } from './apply-start-catalog.ts';
import { composeAccepting } from './compose-accepting.ts';
import { composeBackground } from './compose-background.ts';
import { composeLimits } from './compose-limits.ts';
import { composeLogins } from './compose-logins.ts';
import type { CallbackSettings } from './compose-notify.ts';
import { composeStores, type Stores } from './compose-stores.ts';
import { composeTexts } from './compose-texts.ts';
import { composeUseCases } from './compose-use-cases.ts';
import type { GatewayDependencies, GatewaySettings } from './gateway-dependencies.ts';
import { createHttpServer } from './http/http-server.ts';
import { createMetrics } from './metrics.ts';
import type { BoardQueue } from './queue-board/queue-board.ts';

export interface GatewayOptions {
  readonly host: string;
  readonly port: number;
  readonly redis: RedisSettings;
  readonly keyPrefix: string;
  /** When a run counts as accepted; `local` when absent. */
  readonly durability?: 'local' | 'replicated';
  readonly secretKey: Uint8Array;
  /** Keys that only open what they sealed before. */
  readonly oldSecretKeys?: readonly Uint8Array[];
  readonly stopGraceMs: number;
  /** Whom it may tell that a run ended; the built-in rules when absent. */
  readonly callbacks?: CallbackSettings;
  /** Applied at each start; null when there is none. */
  readonly catalog: StartCatalog | null;
  readonly dashboardFolder: string | null;
  readonly settings: Omit<GatewaySettings, 'name'>;
  /** Waiting jobs of one queue from which on new runs for it are refused. */
  readonly queueJobsMax: number;
  /** The identity provider of people; none when absent. */
  readonly oidc?: OidcSettings | undefined;
  readonly adminPassword: string | undefined;
  /** Told the password that was made up for the first administrator, this once. */
  readonly onFirstPassword: (password: string) => void;
  readonly log: Log;
  readonly withLogContext: GatewayDependencies['withLogContext'];
  readonly clock: Clock;
}

/**
 * One gateway process: the HTTP API, and beside it the plan step and the reconciler, which any gateway can do. It
 * holds nothing of its own: whatever it was doing when it died, another one or its next start goes on with.
 */
export class Gateway implements StartStop {
  private readonly options: GatewayOptions;
  private readonly name = `${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`;
  private readonly stopping = new AbortController();
  private readonly parts: StartStop[] = [];
  private readonly connections: RedisConnection[] = [];
  private stopped: Promise<void> | null = null;
  private closeQueue: () => Promise<void> = () => Promise.resolve();

  constructor(options: GatewayOptions) {
    this.options = options;
  }

  async start(): Promise<void> {
    if (this.stopped) return;
    const { host, port, log, stopGraceMs } = this.options;
    const deps = await this.compose();
    for (const part of this.parts) await part.start();
    const server = createHttpServer(createApp(deps), { host, port, stopTimeoutMs: stopGraceMs });
    await server.start();
    this.parts.push(server);
    log.info('gateway started', { url: server.url });
  }

  stop(): Promise<void> {
    this.stopped ??= this.close();
    return this.stopped;
  }

  /** The server stops first: what is under way ends while everything behind it still works. */
  private async close(): Promise<void> {
    this.stopping.abort();
    for (const part of this.parts.toReversed()) await part.stop();
    await this.closeQueue();
    await Promise.all(this.connections.map(closeRedis));
    this.options.log.info('gateway stopped');
  }

  private async compose(): Promise<GatewayDependencies> {
    const { options } = this;
    const { log, clock, keyPrefix, settings } = options;
    const connection = await this.connect('request');
    await checkPolicy(connection, log);
    const subscriber = await this.connect('subscriber');
    const queue = new BullRunQueue({ connection, keyPrefix, log });
    this.closeQueue = () => queue.close();
    const stores = await composeStores({ ...options, connection, subscriber });
    const metrics = createMetrics();
    const decisions = new DecisionLog({ audit: stores.audit, clock, log });
    const parts = { ...stores, queue, metrics, decisions, clock, log };
    const identity = createIdentity({ store: stores.identities, catalog: stores.catalog, clock, log });
    const limits = composeLimits(parts);
    const { queueJobsMax, durability = 'local' } = options;
    const accepting = composeAccepting({
      ...parts,
      queueJobsMax,
      durability,
      identityRevision: () => identity.lastRevision(),
    });
    const background = composeBackground({
      ...parts,
      limits,
      accept: accepting.accept,
      planConnection: await this.connect('background'),
      keyPrefix,
      secretKey: options.secretKey,
      callbacks: options.callbacks ?? {},
      version: settings.version,
    });
    const { admission, clusterRules } = accepting;
    // The first one stops last: it tells what all the others have noted.
    this.parts.push(decisions, stores.ids, identity, ...background.parts, admission, clusterRules);
    const first = await identity.ensureAdministrator({ password: options.adminPassword });
    if (first !== null) options.onFirstPassword(first);
    const texts = composeTexts();
    if (options.catalog) await applyStartCatalog(options.catalog, { ...parts, texts });
    return {
      ...composeUseCases({ ...parts, ...accepting, ...limits, queues: queue }),
      settings: { ...settings, name: this.name },
      clock,
      log,
      withLogContext: options.withLogContext,
      metrics,
      ...composeLogins({ ...parts, identity, oidc: options.oidc }),
      readLineage: createLineageSigner(options).read,
      explainRun: limits.explainRun,
      listDeliveries: background.listDeliveries,
      callbackProblem: background.callbackProblem,
      texts,
      schedules: background.schedules,
      clusterPauses: stores.pauses,
      audit: stores.audit,
      decisions,
      locks: stores.locks,
      callLimiter: stores.callLimiter,
      runs: stores.runs,
      steps: stores.steps,
      events: stores.events,
      catalog: stores.catalog,
      secrets: stores.secrets,
      workers: stores.workers,
      ping: async () => void (await connection.ping()),
      queues: () => boardQueues(parts),
      dashboardFolder: options.dashboardFolder,
      stopping: this.stopping.signal,
    };
  }

  private async connect(role: ConnectionRole): Promise<RedisConnection> {
    const connection = await connectRedis(
      { ...this.options.redis, name: `gateway:${this.name}` },
      role,
      this.options.log,
    );
    this.connections.push(connection);
    return connection;
  }
}

/** The queues of every cluster that is declared or served. */
async function boardQueues({
  catalog,
  workers,
  queue,
}: Pick<Stores, 'catalog' | 'workers'> & { readonly queue: BullRunQueue }): Promise<readonly BoardQueue[]> {
  const declared = (await catalog.view()).names('cluster');
  const served = (await workers.live()).map(({ cluster }) => cluster);
  return queue.queues([...new Set([DEFAULT_CLUSTER, ...declared, ...served])]);
}
