import type { ExecutableSettings } from '@runyard/contracts';
import { deviceError, type Device, type JsonObject, type Task } from '@runyard/domain';

/**
 * The standard input: the setting, else the inventory as JSON, else nothing. An attribute of a device hides its
 * address, port or platform of the same name.
 */
export function taskInput(settings: ExecutableSettings, task: Task): string | undefined {
  if (settings.stdin !== undefined) return task.render(settings.stdin);
  const devices = task.device ? [task.device] : task.inventory;
  if (devices.length === 0) return undefined;
  return JSON.stringify({ inventory_nodes: devices.map(inventoryNode) });
}

function inventoryNode({ name, address, port, platform, attributes }: Device): JsonObject {
  return { name, attributes: { address, port, platform, ...attributes } };
}

/** The variables of the service, and what Runyard tells the program about its run. The latter win. */
export function taskVariables(settings: ExecutableSettings, task: Task): Record<string, string | undefined> {
  const given = Object.entries(settings.env ?? {}).map(([name, template]) => [name, task.render(template)] as const);
  return {
    ...Object.fromEntries(given),
    RUNYARD_RUN_ID: task.runId,
    RUNYARD_CHECK: String(task.check),
    RUNYARD_DEVICE_NAME: task.device?.name,
    RUNYARD_DEVICE_ADDRESS: task.device?.address,
    ...credentialVariables(settings, task),
  };
}

function credentialVariables(settings: ExecutableSettings, task: Task): Record<string, string | undefined> {
  if (settings.passCredential !== true) return {};
  if (task.credential === null) throw deviceError('CREDENTIAL_NOT_FOUND', 'There is no credential to pass on');
  return { RUNYARD_USERNAME: task.credential.username, RUNYARD_PASSWORD: task.credential.password };
}

/** Hides a password that the program prints, in the result and in the log. */
export function secretMask(settings: ExecutableSettings, task: Task): (text: string) => string {
  const password = settings.passCredential === true ? task.credential?.password : undefined;
  // A short one would also hide words that are no secret, and guards little.
  if (password === undefined || password.length < SECRET_CHARS_MIN) return (text) => text;
  return (text) => text.replaceAll(password, '***');
}

const SECRET_CHARS_MIN = 6;
