import {
  AppError,
  type CatalogStore,
  type Credentials,
  type ExecutableObject,
  isJsonObject,
  type JsonSchema,
  type KeptState,
  type LockHolder,
  type RepositoryOrder,
  type RunId,
  type RunStore,
  type Service,
  type ServiceStates,
} from '@runyard/domain';
import type { LockHolding } from './device-gates.ts';

/** What an attempt may need beside its device and its bundle. */
export interface TaskResources {
  /** The files of a repository at the commit that the run is pinned to. Rejects with SOURCE_UNAVAILABLE. */
  repositoryFolder(name: string, runId: RunId, signal: AbortSignal): Promise<string>;
  executableObject(name: string): Promise<ExecutableObject | null>;
  /** The names of the inputs that a service declares, by itself or by its decorator. */
  inputNames(service: Service): Promise<readonly string[]>;
  /** Waits until nobody else has the state. */
  keptState(name: string, holder: LockHolder, signal: AbortSignal): Promise<KeptState>;
}

export interface TaskResourcesDependencies {
  readonly catalog: CatalogStore;
  readonly credentials: Credentials;
  readonly runs: RunStore;
  readonly locks: LockHolding;
  readonly states: ServiceStates;
  /** The folder with the files of a commit. */
  readonly repositoryFolder: (order: RepositoryOrder) => Promise<string>;
}

const RUNS_KNOWN_MAX = 1_000;

export function createTaskResources(deps: TaskResourcesDependencies): TaskResources {
  /** Commits that runs are pinned to: most devices of a slice need not ask for it. */
  const pins = new Map<string, string>();

  async function pin(key: string, runId: RunId, commit: string): Promise<string> {
    const pinned = await deps.runs.pin(runId, commit);
    if (pins.size >= RUNS_KNOWN_MAX) pins.clear();
    pins.set(key, pinned);
    return pinned;
  }

  return {
    async repositoryFolder(name, runId, signal) {
      const repository = await deps.catalog.item('repository', name);
      if (!repository) throw new AppError('SOURCE_UNAVAILABLE', `There is no repository with the name '${name}'.`);
      const { passwordName, privateKeyName } = repository;
      const password = passwordName === undefined ? undefined : await deps.credentials.secret(passwordName);
      const privateKey = privateKeyName === undefined ? undefined : await deps.credentials.secret(privateKeyName);
      const key = `${runId} ${name}`;
      return deps.repositoryFolder({
        repository,
        ...(password === undefined ? {} : { password }),
        ...(privateKey === undefined ? {} : { privateKey }),
        pinned: pins.get(key) ?? null,
        pin: (commit) => pin(key, runId, commit),
        signal,
      });
    },
    executableObject: (name) => deps.catalog.item('executable-object', name),
    async inputNames({ inputs, decorator }) {
      if (decorator === undefined) return namesOf(inputs);
      return namesOf((await deps.catalog.item('decorator', decorator))?.schema ?? inputs);
    },
    async keptState(name, holder, signal) {
      const held = await deps.locks.hold(`state/${name}`, holder, signal);
      try {
        return keptState(deps.states, name, held.token, await deps.states.read(name), () => held.release());
      } catch (error) {
        await held.release();
        throw error;
      }
    },
  };
}

function namesOf(schema: JsonSchema | undefined): readonly string[] {
  const properties = schema?.['properties'];
  return isJsonObject(properties) ? Object.keys(properties) : [];
}

function keptState(
  states: ServiceStates,
  name: string,
  token: number,
  content: string | null,
  release: () => Promise<void>,
): KeptState {
  return {
    content,
    async save(next) {
      if (await states.write(name, next, token)) return;
      throw new AppError('LOCK_LOST', `Somebody else has the state '${name}' meanwhile; it was not written.`);
    },
    release,
  };
}

/** Where no service has a repository, a program of the catalog or a state. */
export const NO_RESOURCES: TaskResources = {
  repositoryFolder: (name) => Promise.reject(new AppError('SOURCE_UNAVAILABLE', `No repositories here: '${name}'.`)),
  executableObject: () => Promise.resolve(null),
  inputNames: ({ inputs }) => Promise.resolve(namesOf(inputs)),
  keptState: (name) => Promise.reject(new AppError('SOURCE_UNAVAILABLE', `No states are kept here: '${name}'.`)),
};
