import { randomBytes, randomInt } from 'node:crypto';
import ssh2, { type ParsedKey } from 'ssh2';
import { type CommandEvent, CommandLog } from './command-log.ts';
import { type FaultSpec, toFault } from './device-fault.ts';
import { generateHostKey } from './host-key.ts';
import { DeviceState } from './platforms/device-state.ts';
import type { Platform } from './platforms/platform.ts';
import { type ConnectionCounts, type FleetContext, SimulatedDevice } from './simulated-device.ts';

export interface DeviceFleetOptions {
  readonly count: number;
  /** `sim` when absent: sim-1, sim-2, … */
  readonly namePrefix?: string;
  readonly address?: string;
  /** The devices have this port and the following ones. Absent or 0: free ports. */
  readonly firstPort?: number;
  /** In turn; name one more often for more of it. Every platform but linux when absent. */
  readonly platforms?: readonly Platform[];
  /** Time for a round trip; 0 when absent. */
  readonly latencyMs?: number;
  /** By name, or by index from 0. */
  readonly faults?: Readonly<Record<string | number, FaultSpec>>;
  readonly username?: string;
  /** Made up when absent. */
  readonly password?: string;
  readonly enablePassword?: string;
  /** One public key, as in authorized_keys, that may log in. */
  readonly authorizedKey?: string;
  readonly hostKeys?: 'shared' | 'each';
  /** Connections that one device takes at once; as many as come when absent. */
  readonly connectionsMax?: number;
  /** Commands that are remembered; 100,000 when absent. */
  readonly commandsMax?: number;
  readonly onCommand?: (event: CommandEvent) => void;
}

export interface FleetDevice {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly platform: Platform;
  /** As it is now: another one after a change of the key. */
  readonly hostKeyFingerprint: string;
  /** Type and key, as in known_hosts. */
  readonly hostKey: string;
}

/** Simulated network devices that speak SSH, many in one process. */
export interface DeviceFleet {
  readonly devices: readonly FleetDevice[];
  readonly username: string;
  readonly password: string;
  readonly enablePassword: string;
  /** The device by index; throws when there is none. */
  device(index: number): FleetDevice;
  /** Null ends the fault. Resolves when it is in force. */
  setFault(name: string, fault: FaultSpec | null): Promise<void>;
  /** A new host key, for good. Returns its fingerprint. */
  changeHostKey(name: string): string;
  /** What devices were told to do, oldest first. */
  commands(name?: string): readonly CommandEvent[];
  /** Of one device, or summed up (with the highest peak of a single device). */
  connections(name?: string): Readonly<ConnectionCounts>;
  /** Closes every listener and connection. Idempotent. */
  stop(): Promise<void>;
}

const DEFAULT_PLATFORMS: readonly Platform[] = ['cisco-ios', 'arista-eos', 'juniper-junos', 'cisco-nxos', 'frr'];
// Below the ports that systems give to outgoing connections, so that a port that is closed for a while stays free.
const [FIRST_PORT, LAST_PORT] = [10_000, 28_000];

/** Starts the devices and resolves when all listen. */
export async function startDeviceFleet(options: DeviceFleetOptions): Promise<DeviceFleet> {
  const log = new CommandLog(options.commandsMax ?? 100_000);
  const login = {
    username: options.username ?? 'admin',
    password: options.password ?? randomBytes(8).toString('hex'),
    authorizedKey: options.authorizedKey === undefined ? null : parsePublicKey(options.authorizedKey),
  };
  const enablePassword = options.enablePassword ?? randomBytes(8).toString('hex');
  let connections = 0;
  const context: FleetContext = {
    address: options.address ?? '127.0.0.1',
    latencyMs: options.latencyMs ?? 0,
    connectionsMax: options.connectionsMax ?? Infinity,
    login,
    nextConnection: () => (connections += 1),
    log: (event) => {
      log.add(event);
      options.onCommand?.(event);
    },
  };
  const devices = createDevices(options, context, enablePassword);
  const byName = new Map(devices.map((device) => [device.name, device]));
  const named = (name: string): SimulatedDevice => {
    const device = byName.get(name);
    if (!device) throw new Error(`there is no simulated device ${name}`);
    return device;
  };
  const stop = async (): Promise<void> => {
    await Promise.all(devices.map((device) => device.close()));
  };
  try {
    await listen(devices, options.firstPort ?? 0);
    await setFaults(devices, options.faults ?? {});
  } catch (error) {
    await stop();
    throw error;
  }
  const rows = devices.map((device) => describe(device, context.address));
  return {
    devices: rows,
    username: login.username,
    password: login.password,
    enablePassword,
    device: (index) => {
      const device = rows[index];
      if (!device) throw new Error(`there are only ${rows.length} simulated devices`);
      return device;
    },
    setFault: (name, fault) => named(name).setFault(fault === null ? null : toFault(fault)),
    changeHostKey: (name) => named(name).changeHostKey().fingerprint,
    commands: (name) => log.list().filter(({ device }) => name === undefined || device === name),
    connections: (name) => (name === undefined ? sum(devices) : { ...named(name).counts }),
    stop,
  };
}

function createDevices(
  { count, namePrefix = 'sim', platforms = DEFAULT_PLATFORMS, hostKeys = 'shared' }: DeviceFleetOptions,
  context: FleetContext,
  enablePassword: string,
): readonly SimulatedDevice[] {
  const sharedKey = generateHostKey();
  return Array.from({ length: count }, (_, index) => {
    const platform = platforms[index % platforms.length] ?? 'linux';
    const state = new DeviceState(
      `${namePrefix}-${index + 1}`,
      index,
      platform,
      context.login.username,
      enablePassword,
    );
    return new SimulatedDevice(state, hostKeys === 'each' ? generateHostKey() : sharedKey, context);
  });
}

/** With a first port the ports are that one and the next ones, or it rejects; without, busy ones are passed over. */
async function listen(devices: readonly SimulatedDevice[], firstPort: number): Promise<void> {
  let next = firstPort === 0 ? randomInt(FIRST_PORT, LAST_PORT) : firstPort;
  const listenSomewhere = async (device: SimulatedDevice): Promise<void> => {
    for (;;) {
      const port = next;
      next += 1;
      try {
        await device.listen(port);
        return;
      } catch (error) {
        const isBusy = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
        if (!isBusy || firstPort !== 0) throw error;
      }
    }
  };
  await Promise.all(devices.map(listenSomewhere));
}

async function setFaults(
  devices: readonly SimulatedDevice[],
  faults: Readonly<Record<string, FaultSpec>>,
): Promise<void> {
  await Promise.all(
    devices.map(async (device, index) => {
      const fault = faults[device.name] ?? faults[String(index)];
      if (fault !== undefined) await device.setFault(toFault(fault));
    }),
  );
}

function describe(device: SimulatedDevice, address: string): FleetDevice {
  return {
    name: device.name,
    address,
    port: device.port,
    platform: device.state.platform,
    get hostKeyFingerprint() {
      return device.hostKey.fingerprint;
    },
    get hostKey() {
      return device.hostKey.publicLine;
    },
  };
}

function sum(devices: readonly SimulatedDevice[]): ConnectionCounts {
  const total = { open: 0, peak: 0, total: 0, logins: 0, refusedLogins: 0, turnedAway: 0 };
  for (const { counts } of devices) {
    total.open += counts.open;
    total.peak = Math.max(total.peak, counts.peak);
    total.total += counts.total;
    total.logins += counts.logins;
    total.refusedLogins += counts.refusedLogins;
    total.turnedAway += counts.turnedAway;
  }
  return total;
}

function parsePublicKey(text: string): ParsedKey {
  const key = ssh2.utils.parseKey(text);
  if (key instanceof Error) throw key;
  return key;
}
