import type { Converters, Credentials, InputValidator, ServiceType } from '@runyard/domain';
import {
  createAcceptRun,
  createAnswerStep,
  createCancelRun,
  createCheckStart,
  createEndOfRun,
  createPlanRun,
  createReadTree,
  createRunSlice,
  createRunWorkflow,
  createStartStepRun,
  DeviceLocks,
  type OrderWatch,
  type PlaceKeeper,
  type RunSlice,
  type Slots,
} from '@runyard/engine';
import { createExpressions, createTemplates } from '@runyard/expressions';
import type { EngineStores } from './engine-stores.ts';
import type { ProcessPorts } from './mortal-process.ts';

const templates = createTemplates();
const expressions = createExpressions();
const converters: Converters = {
  convert: (conversion, result) => (conversion === 'json' ? (JSON.parse(result as string) as never) : result),
};
const credentials: Credentials = {
  forDevice: async () => null,
  named: async () => null,
  secret: async (name) => `value of ${name}`,
};
const inputs: InputValidator = {
  validate: (_, params) => ({ params, errors: [] }),
  parameters: (_, params) => ({ params, errors: [] }),
};

export interface WorkerOptions {
  readonly type: ServiceType;
  readonly slots: Slots;
  readonly orders: OrderWatch;
  readonly workerId: string;
  readonly draining: AbortSignal;
  readonly stopping: AbortSignal;
  readonly places?: PlaceKeeper;
}

/** What runs slices, put together as a worker does it. */
export function createWorkerProcess(stores: EngineStores, ports: ProcessPorts, options: WorkerOptions): RunSlice {
  const { clock, log, catalog, lockStore, gate, control, events, principals, decisions } = stores;
  const { runs, steps, tree, queue } = ports;
  const { type, ...rest } = options;
  return createRunSlice({
    ...rest,
    types: new Map([[type.name, type]]),
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
    locks: new DeviceLocks({ store: lockStore.another(), clock, log }),
    runEnded: createEndOfRun({ gate, queue, runs, tree, control, clock, log }).runEnded,
    workflow: createRunWorkflow({ steps, runs, events, queue, expressions, clock }),
    checkStart: createCheckStart({ principals }),
    decisions,
    log,
  });
}

/** What a gateway does for runs, put together as it does it. */
export function createGatewayProcess(stores: EngineStores, { runs, steps, tree, queue }: ProcessPorts) {
  const { catalog, identities, principals, audit, decisions, ids, clock, control, gate, log, workers } = stores;
  const identityRevision = () => identities.changeCount;
  const accept = createAcceptRun({ catalog, runs, queue, ids, inputs, tree, identityRevision, audit, decisions });
  const { runEnded, closeChild } = createEndOfRun({ gate, queue, runs, tree, control, clock, log });
  const checkStart = createCheckStart({ principals });
  return {
    accept,
    runEnded,
    closeChild,
    plan: createPlanRun({ catalog, runs, queue, workers, gate, runEnded, checkStart, decisions }),
    startStep: createStartStepRun({ catalog, runs, steps, principals, accept, ids, clock, decisions, closeChild }),
    answer: createAnswerStep({ runs, steps, catalog, clock }),
    cancel: createCancelRun({ runs, control, clock, runEnded }),
    readTree: createReadTree({ runs, tree }),
  };
}

export type EngineGateway = ReturnType<typeof createGatewayProcess>;
