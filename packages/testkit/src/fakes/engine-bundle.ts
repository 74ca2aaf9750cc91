import type { CatalogChange, ServiceType, Task, TaskOutcome } from '@runyard/domain';
import { type Caller, OrderWatch, type PlaceKeeper, type RunRequest, type RunSlice, Slots } from '@runyard/engine';
import { createGatewayProcess, createWorkerProcess } from './engine-processes.ts';
import { engineStores } from './engine-stores.ts';
import type { ProcessPorts } from './mortal-process.ts';

export const ADMIN: Caller = {
  principal: { name: 'ada', kind: 'user', roles: ['administrator'], credentialId: 'password' },
  door: 'native',
};

/** What a device does in a test. Without an answer it says `ok`. */
export type DeviceWork = (task: Task) => Promise<TaskOutcome> | TaskOutcome;

export interface EngineBundleOptions {
  readonly work?: DeviceWork;
  readonly slots?: number;
}

/**
 * The whole engine over stores in memory, with one service type `test` that does what the test says. Workflows run as
 * they do in a gateway and its workers, with the real templates and expressions.
 */
export function engineBundle({
  work = () => ({ success: true, result: 'ok' }),
  slots = 100,
}: EngineBundleOptions = {}) {
  const stores = engineStores();
  const { runs, steps, tree, queue, control, log, catalog } = stores;
  const shared: ProcessPorts = { runs, steps, tree, queue };
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
  const gateway = (ports = shared) => createGatewayProcess(stores, ports);
  const worker = (workerId: string, ports = shared, own: Partial<WorkerParts> = {}): RunSlice =>
    createWorkerProcess(stores, ports, {
      type,
      slots: own.slots ?? new Slots(slots),
      ...(own.places ? { places: own.places } : {}),
      orders,
      workerId,
      draining: own.draining ?? draining.signal,
      stopping: stopping.signal,
    });
  const own = gateway();

  return {
    ...stores,
    ...own,
    shared,
    draining,
    orders,
    stopping,
    gateway,
    worker,
    /** Looks at things from the outside at the moment when a device is in work. */
    onWork(look: () => Promise<void>): void {
      beforeWork = look;
    },
    put: async (...changes: readonly CatalogChange[]): Promise<void> => {
      await catalog.write(changes, (await catalog.view()).revision);
    },
    /** Accepts a run by the administrator and gives its id; throws when it is not accepted. */
    start: async (
      request: Partial<RunRequest> & { readonly devices?: readonly string[] },
      caller: Caller = ADMIN,
    ): Promise<string> => {
      const answer = await own.accept(requestOf(request), caller);
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

/** What one worker may have of its own. */
interface WorkerParts {
  readonly slots: Slots;
  readonly draining: AbortSignal;
  readonly places: PlaceKeeper;
}

export type EngineBundle = ReturnType<typeof engineBundle>;

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
