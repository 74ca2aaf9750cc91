import type { PingSettings } from '@runyard/contracts';
import { type Device, deviceError, type JsonObject, type ServiceType, type TaskOutcome } from '@runyard/domain';
import type { Environment } from '../process/environment.ts';
import { icmpPing } from './icmp-ping.ts';
import type { PingSummary } from './ping-summary.ts';
import type { Probes } from './probes.ts';
import { tcpPing } from './tcp-ping.ts';

const DEFAULT_PORT = 22;
/** Names and addresses, also with a zone. A leading dash would be an option to the ping program. */
const ADDRESS = /^[\w:][\w.:%-]{0,254}$/;

export interface PingOptions {
  /** The worker's environment, of which PATH is used to find ping. Without it there is a default. */
  readonly inherited?: Environment;
}

/** The service type `ping`: the result is sent, received, lossPercent and rttMs; one answer is success. */
export function createPing({ inherited = {} }: PingOptions = {}): ServiceType {
  return {
    name: 'ping',
    async run(task) {
      // The schema of the type was checked when the service was stored.
      const settings = task.service.settings as PingSettings;
      const device = checkedDevice(task.device);
      const { count = 3, intervalMs = 200, timeoutMs = 2_000 } = settings;
      const probes: Probes = { count, intervalMs, timeoutMs, signal: task.signal };
      if (settings.method !== 'tcp') {
        const summary = await icmpPing(device.address, probes, { inherited, platform: process.platform });
        return outcome(device.address, summary, { method: 'icmp' });
      }
      const port = settings.port ?? device.port ?? DEFAULT_PORT;
      const summary = await tcpPing(device.address, port, probes);
      return outcome(`${device.address} port ${port}`, summary, { method: 'tcp', port });
    },
    async stop() {},
  };
}

function checkedDevice(device: Device | null): Device {
  if (!device) throw deviceError('DEVICE_UNREACHABLE', 'ping needs a device: its run method is per-device');
  if (ADDRESS.test(device.address)) return device;
  throw deviceError('DEVICE_UNREACHABLE', `'${device.address.slice(0, 255)}' is neither an address nor a name`);
}

function outcome(target: string, { sent, received, lossPercent, rttMs }: PingSummary, method: JsonObject): TaskOutcome {
  const result: JsonObject = { sent, received, lossPercent, rttMs: rttMs === null ? null : { ...rttMs } };
  const fields: JsonObject = { ...method };
  if (received > 0) return { success: true, result, fields };
  const message = `${target} answered none of ${sent} probes`;
  return { success: false, result, error: { code: 'DEVICE_UNREACHABLE', message }, fields };
}
