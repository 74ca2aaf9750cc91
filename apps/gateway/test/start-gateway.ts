import { randomBytes } from 'node:crypto';
import { createInputValidator } from '@runyard/contracts';
import type { CatalogChange, SealedStates, SecretBox } from '@runyard/domain';
import {
  ClusterRuleBook,
  createAcceptRun,
  createExplainRun,
  createListDeliveries,
  createWaitForRun,
  DecisionLog,
  type ExplainRun,
  type ExplainRunDependencies,
} from '@runyard/engine';
import { createLineageSigner, type LineageSigner } from '@runyard/outbound';
import { createIdentity, type Identity, type Passwords } from '@runyard/identity';
import {
  CountingRunIds,
  type DeviceAnswer,
  MemoryAuditLog,
  MemoryCallLimiter,
  MemoryCatalogStore,
  MemoryClusterPauses,
  MemoryControlChannel,
  MemoryDeliveryStore,
  MemoryGatewayManagerStore,
  MemoryIdempotencyStore,
  MemoryIdentityStore,
  MemoryLockStore,
  MemoryLog,
  MemoryRunEvents,
  MemoryRunGate,
  MemoryRunQueue,
  MemoryRunStore,
  MemoryRunTree,
  MemoryStepStore,
  MemoryScheduleStore,
  MemoryWorkerRegistry,
  putDevice,
  putService,
  sampleDevice,
  sampleService,
  TestClock,
  workOff,
} from '@runyard/testkit';
import { createApp } from '../src/app.ts';
import { composeLogins } from '../src/compose-logins.ts';
import { composeTexts } from '../src/compose-texts.ts';
import { composeUseCases } from '../src/compose-use-cases.ts';
import type { GatewayDependencies, GatewaySettings } from '../src/gateway-dependencies.ts';
import { createHttpServer } from '../src/http/http-server.ts';
import { createMetrics } from '../src/metrics.ts';

export interface TestGateway {
  readonly url: string;
  readonly deps: GatewayDependencies;
  readonly clock: TestClock;
  readonly log: MemoryLog;
  readonly runs: MemoryRunStore;
  readonly events: MemoryRunEvents;
  readonly queue: MemoryRunQueue;
  readonly catalog: MemoryCatalogStore;
  readonly workers: MemoryWorkerRegistry;
  readonly control: MemoryControlChannel;
  readonly audit: MemoryAuditLog;
  readonly decisions: DecisionLog;
  readonly identities: MemoryIdentityStore;
  readonly locks: MemoryLockStore;
  /** Clusters whose queue is paused. */
  readonly pausedQueues: ReadonlySet<string>;
  readonly keys: MemoryIdempotencyStore;
  /** Signs as the workers of the installation do. */
  readonly lineage: LineageSigner;
  /** Calls as `ada`, an administrator, unless a login is given; null calls without one. */
  call(path: string, options?: CallOptions): Promise<Answer>;
  /** Plays the worker on everything that is queued. */
  work(answer?: (device: string) => DeviceAnswer): Promise<void>;
  stop(): Promise<void>;
}

export interface CallOptions {
  readonly method?: string;
  readonly json?: unknown;
  readonly body?: string | Uint8Array;
  readonly headers?: Record<string, string>;
  readonly login?: string | null;
  readonly signal?: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of any shape
  readonly json: any;
}

/** Quick, for tests only. */
const passwords: Passwords = {
  hash: (password) => Promise.resolve(`hash of ${password}`),
  verify: (hash, password) => Promise.resolve(hash === `hash of ${password}`),
};

const secrets: SecretBox = {
  seal: (text) => Buffer.from(text).toString('base64url'),
  open: (sealed) => Buffer.from(sealed, 'base64url').toString(),
};

const NO_STATES: SealedStates = {
  reseal: () => Promise.resolve({ resealed: 0, current: 0, unreadable: [], cursor: null }),
};

const SETTINGS: GatewaySettings = {
  name: 'test-gateway',
  version: '0.0.0',
  bodyBytesMax: 1_000_000,
  trustedProxies: [],
  syncWaitMaxSeconds: 5,
  enmsTargetRule: 'seed',
  gatewayManagerWaitMs: 5_000,
};

/** What every test finds: five devices, two pools, and services that do nothing. */
const CATALOG: readonly CatalogChange[] = [
  { kind: 'cluster', action: 'put', item: { name: 'ams' } },
  ...[1, 2, 3, 4, 5].map((number) => putDevice(sampleDevice(`d${number}`, { address: `10.0.0.${number}` }))),
  { kind: 'pool', action: 'put', item: { name: 'pair', devices: ['d4', 'd5'] } },
  { kind: 'pool', action: 'put', item: { name: 'empty', devices: [] } },
  { kind: 'service-account', action: 'put', item: { name: 'sa_nightly', roles: ['operator'] } },
  { kind: 'service-account', action: 'put', item: { name: 'sa_ci', roles: ['operator'] } },
  putService(sampleService('show', { type: 'no-op', settings: {} })),
  putService(sampleService('own', { type: 'no-op', settings: {}, targets: { devices: ['d3'] } })),
  putService(sampleService('once', { type: 'no-op', settings: {}, runMethod: 'once' })),
  putService(sampleService('off', { type: 'no-op', settings: {}, disabled: true })),
];

/** `ada` is an administrator, `olga` an operator; the password of both is `secret`. */
async function identityWithUsers({
  clock,
  catalog,
  identities: store,
}: Pick<MemoryParts, 'clock' | 'catalog' | 'identities'>): Promise<Identity> {
  const user = { passwordHash: 'hash of secret', createdAtMs: clock.nowMs(), disabled: false, version: 1 };
  const roles = { ada: 'administrator', olga: 'operator' };
  for (const [name, role] of Object.entries(roles)) await store.putUser({ ...user, name, roles: [role] });
  return createIdentity({ store, catalog, clock, passwords });
}

interface ExplainParts extends Omit<ExplainRunDependencies, 'runs' | 'slices' | 'gate' | 'waiting'> {
  readonly runs: MemoryRunStore;
  readonly queue: MemoryRunQueue;
}

function explainInMemory({ queue, ...parts }: ExplainParts): ExplainRun {
  const waitingIn = (name: string) => [...queue.slices.values()].filter(({ cluster }) => cluster === name).length;
  return createExplainRun({
    ...parts,
    slices: async (runId) => ({ open: await parts.runs.openSlices(runId), isComplete: true }),
    gate: new MemoryRunGate(),
    waiting: async (clusters) => ({
      plansWaiting: queue.plans.size,
      waiting: new Map(clusters.map((cluster) => [cluster, waitingIn(cluster)])),
    }),
  });
}

/** What stands behind a gateway, all of it in memory. */
async function memoryParts() {
  const clock = new TestClock();
  const log = new MemoryLog();
  const events = new MemoryRunEvents();
  const audit = new MemoryAuditLog(clock);
  const runs = new MemoryRunStore({ clock, audit, onChange: (runId) => events.changedNow(runId) });
  const catalog = new MemoryCatalogStore(clock);
  await catalog.write(CATALOG, 0);
  const pausedQueues = new Set<string>();
  const steps = new MemoryStepStore({ records: runs.records, onChange: (runId) => events.changedNow(runId) });
  return {
    clock,
    log,
    runs,
    steps,
    tree: new MemoryRunTree(),
    callLimiter: new MemoryCallLimiter(clock),
    acceptedRuns: runs,
    events,
    queue: new MemoryRunQueue(),
    catalog,
    workers: new MemoryWorkerRegistry(clock),
    control: new MemoryControlChannel(),
    audit,
    decisions: new DecisionLog({ audit, clock, log }),
    identities: new MemoryIdentityStore(),
    locks: new MemoryLockStore(clock),
    pauses: new MemoryClusterPauses(),
    pausedQueues,
    queues: {
      isPaused: async (name: string) => pausedQueues.has(name),
      pause: async (name: string) => void pausedQueues.add(name),
      resume: async (name: string) => void pausedQueues.delete(name),
    },
    ids: new CountingRunIds(clock),
    lineage: createLineageSigner({ secretKey: randomBytes(32), clock }),
    idempotency: new MemoryIdempotencyStore(clock),
    clusterRecords: new MemoryGatewayManagerStore(),
    deliveries: new MemoryDeliveryStore(),
    schedules: new MemoryScheduleStore(),
    secrets,
    states: NO_STATES,
    runEnded: () => Promise.resolve(),
  };
}

type MemoryParts = Awaited<ReturnType<typeof memoryParts>>;

async function memoryDependencies(parts: MemoryParts, stopping: AbortSignal): Promise<GatewayDependencies> {
  const { clock, log, runs, events } = parts;
  const identity = await identityWithUsers(parts);
  const clusterRules = new ClusterRuleBook({ store: parts.clusterRecords, log });
  const accept = createAcceptRun({ ...parts, inputs: createInputValidator(), clusterRules });
  return {
    ...composeUseCases({ ...parts, accept }),
    waitForRun: createWaitForRun({ runs, events, clock: { nowMs: Date.now } }),
    settings: SETTINGS,
    clock,
    log,
    withLogContext: (_fields, work) => work(),
    metrics: createMetrics(),
    ...composeLogins({ ...parts, identity }),
    readLineage: parts.lineage.read,
    explainRun: explainInMemory(parts),
    listDeliveries: createListDeliveries(parts),
    callbackProblem: (url) => (url.includes('forbidden') ? 'must not be called' : null),
    texts: composeTexts(),
    clusterPauses: parts.pauses,
    schedules: parts.schedules,
    audit: parts.audit,
    decisions: parts.decisions,
    locks: parts.locks,
    runs,
    steps: parts.steps,
    callLimiter: parts.callLimiter,
    events,
    catalog: parts.catalog,
    secrets,
    workers: parts.workers,
    ping: () => Promise.resolve(),
    queues: () => Promise.resolve([]),
    dashboardFolder: null,
    stopping,
  };
}

/** A gateway on a free port, with everything behind it in memory. Stop it after the test. */
export async function startGateway(changes: Partial<GatewayDependencies> = {}): Promise<TestGateway> {
  const stopping = new AbortController();
  const parts = await memoryParts();
  const deps = { ...(await memoryDependencies(parts, stopping.signal)), ...changes };
  const server = createHttpServer(createApp(deps), { host: '127.0.0.1', port: 0, stopTimeoutMs: 1_000 });
  await server.start();
  const { url } = server;
  const { runs, events, queue, clock } = parts;
  return {
    ...parts,
    url,
    deps,
    keys: parts.idempotency,
    call: (path, options = {}) => call(url + path, options),
    work: (answer) => workOff({ runs, queue, clock, ...(answer ? { answer } : {}) }),
    async stop() {
      stopping.abort();
      await server.stop();
      if (events.waiters > 0) throw new Error('somebody still waits for a run that nobody asks for any more');
    },
  };
}

export function basicLogin(login: string): string {
  return `Basic ${Buffer.from(login).toString('base64')}`;
}

async function call(
  url: string,
  { method, json, body, headers, login = 'ada:secret', signal }: CallOptions,
): Promise<Answer> {
  const sent = json === undefined ? body : JSON.stringify(json);
  const answer = await fetch(url, {
    method: method ?? (sent === undefined ? 'GET' : 'POST'),
    body: sent ?? null,
    headers: {
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...(login === null ? {} : { authorization: basicLogin(login) }),
      ...headers,
    },
    signal: signal ?? null,
  });
  const text = await answer.text();
  const isJson = /json/.test(answer.headers.get('content-type') ?? '');
  return {
    status: answer.status,
    headers: answer.headers,
    text,
    json: isJson && text !== '' ? JSON.parse(text) : undefined,
  };
}
