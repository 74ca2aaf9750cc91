import {
  type CatalogChange,
  type Device,
  type Schedule,
  SCHEDULE_DEFAULTS,
  type Service,
  SERVICE_DEFAULTS,
} from '@runyard/domain';

export function sampleDevice(name: string, changes: Partial<Device> = {}): Device {
  return { name, address: '10.0.0.1', cluster: 'ams', attributes: { role: 'core' }, ...changes };
}

export function sampleService(name: string, changes: Partial<Service> = {}): Service {
  return { ...SERVICE_DEFAULTS, name, type: 'ssh-command', settings: { commands: ['show version'] }, ...changes };
}

export function sampleSchedule(name: string, changes: Partial<Schedule> = {}): Schedule {
  return { ...SCHEDULE_DEFAULTS, name, service: name, runAs: name, cron: '30 2 * * *', ...changes };
}

export const putDevice = (device: Device): CatalogChange => ({ kind: 'device', action: 'put', item: device });
export const putService = (service: Service): CatalogChange => ({ kind: 'service', action: 'put', item: service });

type Put = Extract<CatalogChange, { action: 'put' }>;

/** One item of each kind, all with this name. */
export function itemsOfEachKind(name: string): readonly Put[] {
  return [
    { kind: 'cluster', action: 'put', item: { name } },
    { kind: 'secret', action: 'put', item: { name, value: { sealed: 's' } } },
    { kind: 'credential', action: 'put', item: { name, username: 'u' } },
    { kind: 'device', action: 'put', item: sampleDevice(name) },
    { kind: 'pool', action: 'put', item: { name, devices: [name] } },
    { kind: 'repository', action: 'put', item: { name, url: 'https://git.example.net/a.git', privateKeyName: name } },
    { kind: 'decorator', action: 'put', item: { name, schema: { $id: 'root', type: 'object' } } },
    { kind: 'executable-object', action: 'put', item: { name, execCommand: '/bin/sh' } },
    { kind: 'registry', action: 'put', item: { name, type: 'pypi', url: 'https://pypi.example.net/simple' } },
    { kind: 'role', action: 'put', item: { name, permissions: ['run:read', `service:run:${name}`] } },
    { kind: 'group', action: 'put', item: { name, roles: [name] } },
    { kind: 'service-account', action: 'put', item: { name, roles: ['operator'] } },
    { kind: 'service', action: 'put', item: sampleService(name) },
    { kind: 'service-group', action: 'put', item: { name, services: [name] } },
    { kind: 'schedule', action: 'put', item: sampleSchedule(name) },
  ];
}
