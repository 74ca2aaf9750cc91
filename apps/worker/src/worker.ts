import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Clock,
  type Log,
  type ServiceType,
  type StartStop,
  WORKFLOW_TYPE,
  type WorkerAnswer,
  type WorkerInfo,
  type WorkerQuestion,
  type WorkerRegistry,
} from '@runyard/domain';
import {
  ClusterPauseWatch,
  ClusterRate,
  createProver,
  canRun,
  createRunSlice,
  createTaskResources,
  DeviceLocks,
  OrderWatch,
  type Prove,
  type RunSlice,
  SlicePlaces,
  Slots,
} from '@runyard/engine';
import { createLineageSigner } from '@runyard/outbound';
import { BullRunQueue, Canary, type Consumer, createSliceConsumer } from '@runyard/queue';
import {
  checkPolicy,
  closeRedis,
  connectRedis,
  isReachable,
  type RedisConnection,
  type RedisSettings,
} from '@runyard/redis';
import { type ServiceTypes } from '@runyard/service-types';
import {
  createClusterPauses,
  createControlChannel,
  createCredentials,
  createDeliveryStore,
  createKeys,
  createLockStore,
  createRateLimiter,
  createRunStore,
  createSecretBox,
  createServiceStates,
  createWorkerRegistry,
  RedisCatalogStore,
} from '@runyard/store';
import { composeRuns } from './compose-runs.ts';
import { createHealth, type Health } from './health.ts';
import { Heartbeat } from './heartbeat.ts';
import { WorkerMetrics } from './metrics.ts';

export interface WorkerOptions {
  readonly redis: RedisSettings;
  readonly keyPrefix: string;
  readonly cluster: string;
  readonly version: string;
  readonly slots: number;
  readonly sliceConcurrency: number;
  readonly stopGraceMs: number;
  readonly outputBytesMax: number;
  readonly secretKey: Uint8Array;
  /** Keys that only open what they sealed before. */
  readonly oldSecretKeys?: readonly Uint8Array[];
  /** What it proves to gateways that ask for a certificate, both in PEM. */
  readonly certificate?: { readonly certificate: string; readonly key: string } | null;
  readonly health: { readonly host: string; readonly port: number } | null;
  readonly log: Log;
  readonly clock: Clock;
  /** Told each secret that is opened, so that logs can mask it. */
  readonly rememberSecret: (secret: string) => void;
  readonly serviceTypes: (parts: { readonly bundle: (hash: string) => Promise<Uint8Array | null> }) => ServiceTypes;
}

/** A change of a device reaches its next run after this time at most. */
const DEVICE_FRESH_MS = 2_000;
/** A worker that has heard nothing of its queue for so long is given no work by `/readyz`; a bit later it ends. */
const UNHEARD_MS = 11_000;
/** Whoever asks `/readyz` is told by then. */
const READY_ANSWER_MS = 2_000;

/**
 * One worker: pulls the queue of its cluster and runs slices. Stopping takes nothing new, lets devices in hand finish
 * within the grace time, hands back what is left, and only then closes the connections.
 */
export class Worker implements StartStop {
  /** Resolves with the reason when only a fresh process can help. */
  readonly failed: Promise<string>;
  private fail: (why: string) => void = () => undefined;
  private readonly options: WorkerOptions;
  private readonly id = `${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`;
  private readonly startedAtMs: number;
  private readonly slots: Slots;
  private readonly draining = new AbortController();
  private readonly stopping = new AbortController();
  private readonly parts: StartStop[] = [];
  private connections: RedisConnection[] = [];
  private services: ServiceTypes | null = null;
  private closeQueue: () => Promise<void> = () => Promise.resolve();
  private health: Health | null = null;
  private heartbeat: Heartbeat | null = null;
  private readonly prove: Prove | null;
  private stopped: Promise<void> | null = null;

  constructor(options: WorkerOptions) {
    this.options = options;
    const { certificate } = options;
    this.prove = certificate ? createProver(certificate.certificate, certificate.key) : null;
    this.slots = new Slots(options.slots);
    this.startedAtMs = options.clock.nowMs();
    this.failed = new Promise((resolve) => (this.fail = resolve));
  }

  async start(): Promise<void> {
    const { options } = this;
    const { log, clock, cluster, keyPrefix } = options;
    // One for records and queue: what they do in one turn goes out in one command.
    const store = await this.connect('background');
    await checkPolicy(store, log);
    const subscriber = await this.connect('subscriber');

    const keys = createKeys(keyPrefix);
    const secrets = createSecretBox(options.secretKey, options.oldSecretKeys);
    const catalog = new RedisCatalogStore({ connection: store, keys, clock, deviceFreshMs: DEVICE_FRESH_MS });
    const metrics = new WorkerMetrics(cluster, this.slots);
    const runs = metrics.watch(createRunStore({ connection: store, keys, nowMs: clock.nowMs }));
    const control = await createControlChannel(store, subscriber, keys, log);
    control.onAsk((question) => this.answer(question));
    const orders = new OrderWatch(runs, control, log);
    const services = options.serviceTypes({ bundle: (hash) => catalog.bundle(hash) });
    this.services = services;

    const lockStore = await createLockStore({ connection: store, subscriber, keys, log });
    // A clock that nobody sets: how long a lease was not renewed must not depend on the time of day.
    const locks = new DeviceLocks({ store: lockStore, clock: { nowMs: () => performance.now() }, log });
    const slices = new BullRunQueue({ connection: store, keyPrefix, log });
    this.closeQueue = () => slices.close();
    const pauses = createClusterPauses(store, keys);
    const clusterPause = new ClusterPauseWatch({ cluster, pauses, queues: slices, control, log });
    const freeSlots = () => this.slots.size - this.slots.busy;
    const rate = new ClusterRate({ cluster, catalog, limiter: createRateLimiter(store, keys), clock, log, freeSlots });
    const deliveries = createDeliveryStore(store, keys);
    const ofRuns = { store, subscriber, keys, runs, queue: slices, deliveries, control, clock, log };
    const composed = await composeRuns({ ...ofRuns, expressions: services.expressions });
    const credentials = createCredentials(catalog, secrets, options.rememberSecret);
    const states = createServiceStates({ connection: store, keys, secrets, clock });
    const registry = createWorkerRegistry(store, keys, clock);
    const runSlice = createRunSlice({
      ...services,
      resources: createTaskResources({ ...services, catalog, credentials, runs, locks, states }),
      runs,
      catalog,
      queue: slices,
      orders,
      locks,
      clock,
      log,
      credentials,
      random: Math.random,
      outputBytesMax: options.outputBytesMax,
      lineageOf: createLineageSigner(options).sign,
      deviceByName: async (name) => (await catalog.devices([name]))[0] ?? null,
      slots: this.slots,
      rate,
      ...composed,
      places: new SlicePlaces({ size: options.sliceConcurrency, resize: (places) => consumer.resize(places), clock }),
      clusterPause,
      isRunElsewhere: (type) => this.isRunElsewhere(type, registry),
      workerId: this.id,
      draining: this.draining.signal,
      stopping: this.stopping.signal,
    });
    this.heartbeat = new Heartbeat(registry, () => this.describe(), log);
    const { consumer, canary } = this.pull(runSlice, store, slices, clusterPause);
    // What a type still does when its attempt was given up, it does with its locks: so those are stopped last.
    // And denials may be noted until all else has stopped.
    this.parts.push(composed.decisions, locks, this.stopTypes, orders, clusterPause, consumer, this.heartbeat, canary);
    if (options.health) {
      const { registry } = metrics;
      this.health = createHealth({
        ...options.health,
        notReady: () => this.notReady(store, canary),
        metrics: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
      });
      this.parts.push(this.health);
    }
    for (const part of this.parts) await part.start();
    log.info('worker started', { workerId: this.id, cluster, slots: options.slots, healthPort: this.health?.port() });
  }

  stop(): Promise<void> {
    this.stopped ??= this.drain();
    return this.stopped;
  }

  private async drain(): Promise<void> {
    const { log, stopGraceMs } = this.options;
    this.draining.abort();
    await this.heartbeat?.beat();
    const grace = setTimeout(() => this.stopping.abort(), stopGraceMs);
    for (const part of this.parts.toReversed()) await part.stop();
    clearTimeout(grace);
    await this.closeQueue();
    await Promise.all(this.connections.map(closeRedis));
    log.info('worker stopped', { workerId: this.id });
  }

  private get types(): ReadonlyMap<string, ServiceType> {
    return this.services?.types ?? new Map();
  }

  /** The threads of expressions go with the types. */
  private readonly stopTypes: StartStop = {
    start: async () => undefined,
    stop: async () => {
      await Promise.all([...this.types.values()].map((type) => type.stop()));
      await this.services?.expressions.stop();
    },
  };

  private async isRunElsewhere(type: string, registry: WorkerRegistry): Promise<boolean> {
    const { cluster } = this.options;
    const others = (await registry.live()).filter((other) => other.cluster === cluster && other.id !== this.id);
    return others.some((other) => canRun(other, type));
  }

  /** What takes the jobs of the cluster, and what watches that it is given any. */
  private pull(
    runSlice: RunSlice,
    connection: RedisConnection,
    queue: BullRunQueue,
    clusterPause: ClusterPauseWatch,
  ): { readonly consumer: Consumer; readonly canary: Canary } {
    const { cluster, keyPrefix, sliceConcurrency: concurrency, clock, log } = this.options;
    const run: RunSlice = async (slice) => {
      // Whoever gets a job of a paused cluster may not know yet that it was resumed.
      if (clusterPause.isPaused) await clusterPause.look();
      return runSlice(slice);
    };
    const consumer = createSliceConsumer(cluster, run, { connection, keyPrefix, concurrency, log });
    const canary = new Canary({
      cluster,
      workerId: this.id,
      queue,
      pulse: () => consumer.pulse(),
      isReachable: () => isReachable({ ...this.options.redis, name: `probe:${this.id}` }),
      clock,
      log,
      onSilent: (silentMs) => this.fail(`the queue gave this worker nothing for ${silentMs} ms`),
    });
    return { consumer, canary };
  }

  private async notReady(store: RedisConnection, canary: Canary): Promise<string | null> {
    if (this.draining.signal.aborted) return 'the worker stops';
    const answer = await Promise.race([store.ping(), sleep(READY_ANSWER_MS, null, { ref: false })]);
    if (answer !== 'PONG') return 'Redis does not answer';
    const { silentMs } = canary;
    return silentMs < UNHEARD_MS ? null : `the queue has given this worker nothing for ${silentMs} ms`;
  }

  private async connect(role: 'background' | 'subscriber'): Promise<RedisConnection> {
    const connection = await connectRedis({ ...this.options.redis, name: `worker:${this.id}` }, role, this.options.log);
    this.connections.push(connection);
    return connection;
  }

  /** Says nothing to questions for other clusters, nor when it stops. */
  private answer({ cluster, nonce }: WorkerQuestion): WorkerAnswer | null {
    if (cluster !== this.options.cluster || this.draining.signal.aborted) return null;
    const worker = { workerId: this.id, cluster };
    return { ...worker, ...(this.prove ? { proof: this.prove({ ...worker, at: { nonce } }) } : {}) };
  }

  private describe(): WorkerInfo {
    const seenAtMs = this.options.clock.nowMs();
    const proven = { workerId: this.id, cluster: this.options.cluster, at: { seenAtMs } };
    return {
      id: this.id,
      cluster: this.options.cluster,
      host: hostname(),
      pid: process.pid,
      version: this.options.version,
      serviceTypes: [...this.types.keys(), WORKFLOW_TYPE],
      slots: this.slots.size,
      busySlots: this.slots.busy,
      startedAtMs: this.startedAtMs,
      seenAtMs,
      draining: this.draining.signal.aborted,
      ...(this.prove ? { proof: this.prove(proven) } : {}),
    };
  }
}
