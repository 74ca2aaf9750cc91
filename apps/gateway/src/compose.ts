import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { createInputValidator } from '@runyard/contracts';
import { type CatalogStore, type Clock, DEFAULT_CLUSTER, type Log, type StartStop } from '@runyard/domain';
import {
  AdmissionControl,
  createAcceptOnce,
  createAcceptRun,
  createBreakLock,
  createCancelRun,
  createPauseCluster,
  createPauseRun,
  createPlanRun,
  createRerunRun,
  createWaitForRun,
  Expirer,
  Reconciler,
} from '@runyard/engine';
import { createIdentity } from '@runyard/identity';
import { BullRunQueue, createPlanConsumer } from '@runyard/queue';
import {
  checkPolicy,
  closeRedis,
  connectRedis,
  type ConnectionRole,
  readMemoryUse,
  type RedisConnection,
  type RedisSettings,
} from '@runyard/redis';
import {
  createAuditLog,
  createClusterPauses,
  createControlChannel,
  createIdempotencyStore,
  createIdentityStore,
  createKeys,
  createLease,
  createLockStore,
  createReplicated,
  createRunEvents,
  createRunStore,
  createSecretBox,
  createWorkerRegistry,
  LeasedRunIds,
  RedisCatalogStore,
} from '@runyard/store';
import { createApp } from './app.ts';
import { applyStartCatalog, type StartCatalog } from './apply-start-catalog.ts';
import { composeKeeping } from './compose-keeping.ts';
import { composeLimits } from './compose-limits.ts';
import type { GatewayDependencies, GatewaySettings } from './gateway-dependencies.ts';
import { createHttpServer } from './http/http-server.ts';
import { createMetrics } from './metrics.ts';

export interface GatewayOptions {
  readonly host: string;
  readonly port: number;
  readonly redis: RedisSettings;
  readonly keyPrefix: string;
  /** When a run counts as accepted; `local` when absent. */
  readonly durability?: 'local' | 'replicated';
  readonly secretKey: Uint8Array;
  readonly stopGraceMs: number;
  /** Applied at each start; null when there is none. */
  readonly catalog: StartCatalog | null;
  readonly dashboardFolder: string | null;
  readonly settings: Omit<GatewaySettings, 'name'>;
  /** Waiting jobs of one queue from which on new runs for it are refused. */
  readonly queueJobsMax: number;
  readonly adminPassword: string | undefined;
  /** Told the password that was made up for the first administrator, this once. */
  readonly onFirstPassword: (password: string) => void;
  readonly log: Log;
  readonly withLogContext: GatewayDependencies['withLogContext'];
  readonly clock: Clock;
}

const PLANS_AT_ONCE = 4;
/** How long a gateway that died still counts as the one that reconciles. */
const LEAD_MS = 10_000;

/**
 * One gateway process: the HTTP API, and beside it the plan step and the reconciler, which any gateway can do. It
 * holds nothing of its own: whatever it was doing when it died, another one or its next start goes on with.
 */
export class Gateway implements StartStop {
  private readonly options: GatewayOptions;
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
    const requests = await this.connect('request');
    await checkPolicy(requests, log);
    const subscriber = await this.connect('subscriber');
    const keys = createKeys(keyPrefix);
    const secrets = createSecretBox(options.secretKey);
    const catalog = new RedisCatalogStore({ connection: requests, keys, clock });
    const runs = createRunStore({ connection: requests, keys, nowMs: () => clock.nowMs() });
    const queue = new BullRunQueue({ connection: requests, keyPrefix, log });
    this.closeQueue = () => queue.close();
    const ids = new LeasedRunIds({ connection: requests, keys, clock, log });
    const workers = createWorkerRegistry(requests, keys, clock);
    const audit = createAuditLog(requests, keys);
    const locks = await createLockStore({ connection: requests, subscriber: null, keys, log });
    const clusterPauses = createClusterPauses(requests, keys);
    const control = await createControlChannel(requests, null, keys, log);
    const events = createRunEvents(subscriber, keys, log);
    const identity = createIdentity({ store: await createIdentityStore(requests, subscriber, keys), clock, log });
    const parts = { connection: requests, keys, runs, queue, catalog, workers, locks, pauses: clusterPauses, clock, log };
    const limits = composeLimits(parts);
    const lease = createLease(requests, keys, 'reconciler');
    const plan = createPlanConsumer(createPlanRun({ catalog, runs, queue, workers }), {
      connection: await this.connect('background'),
      keyPrefix,
      concurrency: PLANS_AT_ONCE,
      log,
    });
    const metrics = createMetrics();
    const lead = async () => metrics.leads(await lease.hold(LEAD_MS));
    const expirer = new Expirer({ runs, control, clock, log, lead });
    const keeping = composeKeeping({ ...parts, gate: limits.gate, metrics, lead });
    const admission = this.admission(requests, queue, catalog);
    const accepting = options.durability === 'replicated' ? createReplicated(requests, runs, queue) : { runs, queue };
    const accept = createAcceptRun({ catalog, ...accepting, ids, inputs: createInputValidator(), admission });
    this.parts.push(ids, identity, plan, ...keeping, expirer, admission);
    const first = await identity.ensureAdministrator({ password: options.adminPassword });
    if (first !== null) options.onFirstPassword(first);
    if (options.catalog) await applyStartCatalog(options.catalog, { catalog, secrets, log });
    return {
      settings: { ...settings, name: `${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}` },
      clock,
      log,
      withLogContext: options.withLogContext,
      metrics,
      authenticate: ({ headers, ip = '' }) =>
        identity.authenticate({ authorization: headers.authorization, address: ip }),
      accounts: identity,
      acceptRun: accept,
      acceptOnce: createAcceptOnce({
        accept,
        runs: accepting.runs,
        ids,
        clock,
        keys: createIdempotencyStore(requests, keys),
      }),
      rerunRun: createRerunRun({ runs, accept }),
      cancelRun: createCancelRun({ runs, control, clock }),
      explainRun: limits.explainRun,
      pauseRun: createPauseRun({ runs, queue, clock }),
      pauseCluster: createPauseCluster({
        pauses: clusterPauses,
        queues: queue,
        control,
        catalog,
        workers,
        audit,
        clock,
        log,
      }),
      clusterPauses,
      breakLock: createBreakLock({ locks, audit }),
      audit,
      locks,
      waitForRun: createWaitForRun({ runs, events, clock }),
      runs,
      events,
      catalog,
      secrets,
      workers,
      ping: async () => void (await requests.ping()),
      queues: async () => {
        const declared = (await catalog.view()).names('cluster');
        const served = (await workers.live()).map(({ cluster }) => cluster);
        return queue.queues([...new Set([DEFAULT_CLUSTER, ...declared, ...served])]);
      },
      dashboardFolder: options.dashboardFolder,
      stopping: this.stopping.signal,
    };
  }

  private admission(requests: RedisConnection, queue: BullRunQueue, catalog: CatalogStore): AdmissionControl {
    return new AdmissionControl({
      gauge: { read: async (clusters) => ({ ...(await readMemoryUse(requests)), ...(await queue.waiting(clusters)) }) },
      catalog,
      queueJobsMax: this.options.queueJobsMax,
      log: this.options.log,
    });
  }

  private async connect(role: ConnectionRole): Promise<RedisConnection> {
    const connection = await connectRedis(this.options.redis, role, this.options.log);
    this.connections.push(connection);
    return connection;
  }
}
