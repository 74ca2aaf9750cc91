import { deviceError, type Device, type JsonObject, type Task } from '@runyard/domain';

/** Variables as an object of templates, or as a list of `NAME=value`. */
type RuntimeEnv = Readonly<Record<string, unknown>> | readonly string[];

/** The devices that a task is about. */
export function taskDevices(task: Task): readonly Device[] {
  return task.device ? [task.device] : task.inventory;
}

/** The inventory as JSON; undefined without devices. An attribute of a device hides its address, port or platform. */
export function inventoryInput(task: Task): string | undefined {
  const devices = taskDevices(task);
  if (devices.length === 0) return undefined;
  return JSON.stringify({ inventory_nodes: devices.map(inventoryNode) });
}

function inventoryNode({ name, address, port, platform, attributes }: Device): JsonObject {
  return { name, attributes: { address, port, platform, ...attributes } };
}

export interface GivenVariables {
  readonly env?: RuntimeEnv | undefined;
  /** Wins over `env`. */
  readonly moreEnv?: RuntimeEnv | undefined;
  readonly passCredential?: boolean | undefined;
}

/** The variables of the service, its secrets, and what Runyard tells the program about its run. The latter win. */
export function taskVariables(
  { env = {}, moreEnv = {}, passCredential = false }: GivenVariables,
  task: Task,
): Record<string, string | undefined> {
  return {
    ...ownVariables(env, task),
    ...ownVariables(moreEnv, task),
    ...task.secrets,
    RUNYARD_RUN_ID: task.runId,
    RUNYARD_INITIATOR: task.identity.initiator,
    RUNYARD_ACTOR: task.identity.actor,
    RUNYARD_PRINCIPAL: task.identity.principal,
    RUNYARD_CHAIN: task.identity.chain.join(' '),
    RUNYARD_CHECK: String(task.check),
    RUNYARD_TIME_ZONE: task.timeZone,
    RUNYARD_LINEAGE: task.lineage,
    RUNYARD_DEVICE_NAME: task.device?.name,
    RUNYARD_DEVICE_ADDRESS: task.device?.address,
    ...(passCredential ? credentialVariables(task) : {}),
  };
}

function ownVariables(env: RuntimeEnv, task: Task): Record<string, string> {
  const entries = Array.isArray(env)
    ? env.map((line: string) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const)
    : Object.entries(env).map(([name, template]) => [name, task.render(String(template))] as const);
  return Object.fromEntries(entries);
}

function credentialVariables(task: Task): Record<string, string | undefined> {
  if (task.credential === null) throw deviceError('CREDENTIAL_NOT_FOUND', 'There is no credential to pass on');
  return { RUNYARD_USERNAME: task.credential.username, RUNYARD_PASSWORD: task.credential.password };
}

/** What must not be seen in anything that the program prints. */
export function taskSecrets({ passCredential = false }: GivenVariables, task: Task): readonly (string | undefined)[] {
  return [...Object.values(task.secrets), task.lineage, ...(passCredential ? [task.credential?.password] : [])];
}
