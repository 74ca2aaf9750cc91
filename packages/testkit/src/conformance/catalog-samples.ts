import { type CatalogChange, type Device, type Service, SERVICE_DEFAULTS } from '@runyard/domain';

export function sampleDevice(name: string, changes: Partial<Device> = {}): Device {
  return { name, address: '10.0.0.1', cluster: 'ams', attributes: { role: 'core' }, ...changes };
}

export function sampleService(name: string, changes: Partial<Service> = {}): Service {
  return { ...SERVICE_DEFAULTS, name, type: 'ssh-command', settings: { commands: ['show version'] }, ...changes };
}

export const putDevice = (device: Device): CatalogChange => ({ kind: 'device', action: 'put', item: device });
export const putService = (service: Service): CatalogChange => ({ kind: 'service', action: 'put', item: service });
