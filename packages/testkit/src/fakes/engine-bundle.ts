import {
  type CatalogChange,
  type Converters,
  type Credentials,
  type InputValidator,
  type ServiceType,
  type Task,
  type TaskOutcome,
  type Templates,
} from '@runyard/domain';
import {
  type AcceptRun,
  type Caller,
  OrderWatch,
  createAcceptRun,
  createCancelRun,
  createPlanRun,
  createRunEnded,
  createRunSlice,
  DeviceLocks,
  type RunRequest,
  type RunSlice,
  Slots,
} from '@runyard/engine';
import { CountingRunIds } from './counting-run-ids.ts';
import { MemoryCatalogStore } from './memory-catalog-store.ts';
import { MemoryControlChannel } from './memory-control-channel.ts';
import { MemoryLockStore } from './memory-lock-store.ts';
import { MemoryLog } from './memory-log.ts';
import { MemoryRunGate } from './memory-run-gate.ts';
import { MemoryRunQueue } from './memory-run-queue.ts';
import { MemoryRunStore } from './memory-run-store.ts';
import { MemoryWorkerRegistry } from './memory-worker-registry.ts';
import { TestClock } from './test-clock.ts';

export const ADMIN: Caller = {
  principal: { name: 'ada', kind: 'user', role: 'administrator', credentialId: 'password' },
  door: 'native',
};

/** Templates of the kind `{{ a.b }}` and nothing else: enough to see that rendering happens. */
const templates: Templates = {
  render: (template, scope) =>
    template.replaceAll(/{{ *([\w.]+) *}}/g, (_, path: string) => {
      let value: unknown = scope;
      for (const key of path.split('.')) value = (value as Record<string, unknown> | undefined)?.[key];
      return typeof value === 'string' ? value : JSON.stringify(value);
    }),
};
const converters: Converters = {
  convert: (conversion, result) => (conversion === 'json' ? (JSON.parse(result as string) as never) : result),
};
const credentials: Credentials = {
  forDevice: async () => null,
  named: async () => null,
  secret: async (name) => `value of ${name}`,
};
const inputs: InputValidator = { validate: (_, params) => ({ params, errors: [] }) };

/** What a device does in a test. Without an answer it says `ok`. */
export type DeviceWork = (task: Task) => Promise<TaskOutcome> | TaskOutcome;

export interface EngineBundleOptions {
  readonly work?: DeviceWork;
  readonly slots?: number;
}

/** The whole engine over stores in memory, with one service type `test` that does what the test says. */
export function engineBundle({
  work = () => ({ success: true, result: 'ok' }),
  slots = 100,
}: EngineBundleOptions = {}) {
  const clock = new TestClock();
  const log = new MemoryLog();
  const runs = new MemoryRunStore({ clock });
  const queue = new MemoryRunQueue(clock);
  const catalog = new MemoryCatalogStore(clock);
  const lockStore = new MemoryLockStore(clock);
  const control = new MemoryControlChannel();
  const workers = new MemoryWorkerRegistry(clock);
  const gate = new MemoryRunGate();
  const runEnded = createRunEnded({ gate, queue, runs, log });
  const orders = new OrderWatch(runs, control, log);
  const draining = new AbortController();
  const stopping = new AbortController();
  let beforeWork: () => Promise<void> = () => Promise.resolve();
  const type: ServiceType = {
    name: 'test',
    run: async (task) => {
      await beforeWork();
      return work(task);
    },
    stop: () => Promise.resolve(),
  };
  const accept: AcceptRun = createAcceptRun({ catalog, runs, queue, ids: new CountingRunIds(clock), inputs });

  const worker = (workerId: string): RunSlice =>
    createRunSlice({
      types: new Map([['test', type]]),
      templates,
      converters,
      credentials,
      clock,
      random: () => 0,
      outputBytesMax: 10_000,
      deviceByName: async (name) => (await catalog.devices([name]))[0] ?? null,
      sourceFolder: () => Promise.reject(new Error('no bundles here')),
      runs,
      catalog,
      queue,
      slots: new Slots(slots),
      locks: new DeviceLocks({ store: lockStore.another(), clock, log }),
      orders,
      runEnded,
      log,
      workerId,
      draining: draining.signal,
      stopping: stopping.signal,
    });

  return {
    clock,
    log,
    runs,
    queue,
    catalog,
    control,
    lockStore,
    gate,
    runEnded,
    workers,
    draining,
    orders,
    stopping,
    accept,
    worker,
    /** Looks at things from the outside at the moment when a device is in work. */
    onWork(look: () => Promise<void>): void {
      beforeWork = look;
    },
    cancel: createCancelRun({ runs, control, clock, runEnded }),
    plan: createPlanRun({ catalog, runs, queue, workers, gate, runEnded }),
    put: async (...changes: readonly CatalogChange[]): Promise<void> => {
      await catalog.write(changes, (await catalog.view()).revision);
    },
    /** Accepts a run by the administrator and gives its id; throws when it is not accepted. */
    start: async (request: Partial<RunRequest> & { readonly devices?: readonly string[] }): Promise<string> => {
      const answer = await accept(requestOf(request), ADMIN);
      if (answer.kind !== 'accepted') throw new Error(`the run was not accepted: ${answer.kind}`);
      return answer.spec.id;
    },
    /** Runs every queued slice to its end. */
    workOffQueue: async (workerId = 'worker-1'): Promise<void> => {
      const runSlice = worker(workerId);
      for (let job = queue.take(); job; job = queue.take()) await runSlice(job);
    },
  };
}

/** A request of the service `test` with everything that a test does not care about. */
export function requestOf({
  devices = [],
  ...request
}: Partial<RunRequest> & { readonly devices?: readonly string[] }): RunRequest {
  return {
    service: 'test',
    targets: { devices, ipAddresses: [], pools: [] },
    targetRule: 'aggregate',
    ignoreInvalidTargets: false,
    params: {},
    payload: {},
    ...request,
  };
}
