import type { JsonObject, JsonValue } from './json.ts';

/** How the SSH host key of a device is checked. */
export type HostKeyPolicy = 'strict' | 'accept-new' | 'off';

export interface DeviceSsh {
  readonly hostKey?: HostKeyPolicy;
  /** Name of the device to jump through. */
  readonly jump?: string;
  /** Sessions at once on this device over all runs of one worker. */
  readonly sessions?: number;
}

/** A target: something that answers at an address. */
export interface Device {
  readonly name: string;
  readonly address: string;
  readonly port?: number;
  readonly platform?: string;
  readonly cluster: string;
  readonly credential?: string;
  readonly attributes?: JsonObject;
  readonly ssh?: DeviceSsh;
  readonly description?: string;
}

export const DEFAULT_CLUSTER = 'default';

/** The property of a device by name, as pool rules and searches see it. */
export function deviceProperty(device: Device, property: string): JsonValue | undefined {
  const value = (device as unknown as JsonObject)[property];
  return Object.hasOwn(device, property) ? value : undefined;
}
