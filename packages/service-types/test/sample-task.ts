import { type JsonObject, type Service, SERVICE_DEFAULTS, type Device, type Task } from '@runyard/domain';
import { createTemplates } from '@runyard/expressions';

const templates = createTemplates();

export const sampleDevice: Device = {
  name: 'r1',
  address: '192.0.2.1',
  cluster: 'default',
  attributes: { role: 'core' },
};

/** A task as a worker makes it, with its log lines. `service` adds to the service beside its settings. */
export function sampleTask(
  settings: JsonObject,
  more: Partial<Omit<Task, 'service'>> = {},
  service: Partial<Service> = {},
): Task & { readonly lines: string[] } {
  const lines: string[] = [];
  const task: Omit<Task, 'render'> = {
    runId: '0123456789abcdef01234567',
    identity: { initiator: 'ada', actor: 'ada', principal: 'sa_work', chain: ['0123456789abcdef01234567'] },
    service: { ...SERVICE_DEFAULTS, name: 'sample', type: 'sample', settings, ...service },
    device: sampleDevice,
    inventory: [],
    params: {},
    payload: {},
    check: false,
    attempt: 1,
    credential: null,
    signal: new AbortController().signal,
    timeoutMs: 30_000,
    outputBytesMax: 1_048_576,
    log: (line) => lines.push(line),
    lookup: async () => ({ device: sampleDevice, credential: null }),
    sourceFolder: async () => '/nowhere',
    secrets: {},
    inputNames: async () => Object.keys((service.inputs?.['properties'] as JsonObject | undefined) ?? {}),
    executableObject: async () => null,
    keptState: () => Promise.reject(new Error('no state here')),
    ...more,
  };
  const scope = { device: task.device, params: task.params, payload: task.payload } as unknown as JsonObject;
  return { render: (template) => templates.render(template, scope), ...task, ...more, lines };
}
