import { parseArgs } from 'node:util';
import { type DeviceFault, FAULT_KINDS, isFaultKind } from './device-fault.ts';
import type { DeviceFleetOptions } from './device-fleet.ts';
import { isPlatform, PLATFORMS } from './platforms/platform.ts';

export const USAGE = `Simulated network devices that speak SSH.

  --count N                 how many (100)
  --prefix NAME             names are NAME-1, NAME-2, … (sim)
  --address ADDRESS         where they listen (127.0.0.1)
  --port FIRST              that port and the following ones (free ports)
  --platforms A,B,…         in turn; of ${PLATFORMS.join(', ')}
  --latency MS              time for a round trip (0)
  --fault KIND=N            that many devices with a fault; N may be a percentage such as 5%; may be repeated.
                            Of ${FAULT_KINDS.slice(0, 5).join(', ')},
                            ${FAULT_KINDS.slice(5).join(', ')}; slow:MS=N sets the time
  --username NAME           (admin)
  --password TEXT           (made up)
  --authorized-key FILE     a public key that may log in
  --host-keys each          a key for each device instead of one for all
  --max-connections N       that one device takes at once
  --catalog FILE            writes a Runyard catalog of them, and beside it the files with the passwords
  --clusters A,B,…          the devices of the catalog are spread over these (default)
  --json                    prints one line of JSON with all that is needed to reach them
  --control                 takes one JSON object a line on standard input: {"op":"set-fault","name":"sim-1",
                            "fault":"drop"}, {"op":"change-host-key","name":…}, {"op":"commands"}, {"op":"connections"}
  --exit-with-parent        ends when standard input ends
`;

export interface Arguments {
  readonly fleet: DeviceFleetOptions;
  readonly faults: readonly FaultShare[];
  readonly authorizedKeyFile: string | undefined;
  readonly catalogFile: string | undefined;
  readonly clusters: readonly string[];
  readonly isJson: boolean;
  readonly isControlled: boolean;
  readonly exitsWithParent: boolean;
  readonly isHelp: boolean;
}

interface FaultShare {
  readonly fault: DeviceFault;
  readonly count: number;
}

const OPTIONS = {
  count: { type: 'string', default: '100' },
  prefix: { type: 'string' },
  address: { type: 'string' },
  port: { type: 'string', default: '0' },
  platforms: { type: 'string' },
  latency: { type: 'string', default: '0' },
  fault: { type: 'string', multiple: true, default: [] as string[] },
  username: { type: 'string' },
  password: { type: 'string' },
  'authorized-key': { type: 'string' },
  'host-keys': { type: 'string', default: 'shared' },
  'max-connections': { type: 'string' },
  catalog: { type: 'string' },
  clusters: { type: 'string', default: 'default' },
  json: { type: 'boolean', default: false },
  control: { type: 'boolean', default: false },
  'exit-with-parent': { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** Throws with a sentence for the person who typed the arguments. */
export function readArguments(args: readonly string[]): Arguments {
  const { values } = parseArgs({ args: [...args], options: OPTIONS, strict: true });
  const count = wholeNumber('count', values.count, 1, 50_000);
  const platforms = values.platforms?.split(',').map((text) => {
    if (!isPlatform(text)) throw new Error(`--platforms: ${text} is none of ${PLATFORMS.join(', ')}`);
    return text;
  });
  if (!['shared', 'each'].includes(values['host-keys'])) throw new Error('--host-keys is shared or each');
  const texts = {
    namePrefix: values.prefix,
    address: values.address,
    username: values.username,
    password: values.password,
  };
  const connectionsMax = values['max-connections'];
  return {
    fleet: {
      count,
      firstPort: wholeNumber('port', values.port, 0, 65_535),
      latencyMs: wholeNumber('latency', values.latency, 0, 60_000),
      hostKeys: values['host-keys'] === 'each' ? 'each' : 'shared',
      ...(platforms ? { platforms } : {}),
      ...(connectionsMax ? { connectionsMax: wholeNumber('max-connections', connectionsMax, 1, 100_000) } : {}),
      ...Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== undefined)),
    },
    faults: values.fault.map((text) => readFault(text, count)),
    authorizedKeyFile: values['authorized-key'],
    catalogFile: values.catalog,
    clusters: values.clusters.split(',').filter(Boolean),
    isJson: values.json,
    isControlled: values.control,
    exitsWithParent: values['exit-with-parent'],
    isHelp: values.help,
  };
}

/** Which devices have which fault, by index: spread over the fleet, the same ones each time. */
export function spreadFaults(shares: readonly FaultShare[], count: number): Readonly<Record<number, DeviceFault>> {
  const faults: Record<number, DeviceFault> = {};
  // Steps of the golden section fall evenly on the fleet, whatever the number of faults.
  let position = 0.5;
  const next = (): number => {
    position = (position + 0.618_033_988_75) % 1;
    let index = Math.floor(position * count);
    while (faults[index]) index = (index + 1) % count;
    return index;
  };
  for (const share of shares) {
    for (let left = share.count; left > 0 && Object.keys(faults).length < count; left -= 1)
      faults[next()] = share.fault;
  }
  return faults;
}

function readFault(text: string, count: number): FaultShare {
  const [, kind = '', latency, number = '1', percent] = /^([a-z-]+)(?::(\d+))?(?:=(\d+)(%)?)?$/.exec(text) ?? [];
  if (!isFaultKind(kind)) throw new Error(`--fault: ${text} is not one of ${FAULT_KINDS.join(', ')}, with =N`);
  const fault = latency === undefined ? { kind } : { kind, latencyMs: Number(latency) };
  return { fault, count: percent ? Math.round((count * Number(number)) / 100) : Number(number) };
}

function wholeNumber(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new Error(`--${name} is a whole number from ${least} to ${most}`);
  }
  return value;
}
