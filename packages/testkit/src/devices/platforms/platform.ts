/** The kinds of devices that are simulated: each with its own prompt, words and errors. */
export const PLATFORMS = ['linux', 'cisco-ios', 'cisco-nxos', 'arista-eos', 'juniper-junos', 'frr'] as const;

export type Platform = (typeof PLATFORMS)[number];

export function isPlatform(text: string): text is Platform {
  return (PLATFORMS as readonly string[]).includes(text);
}

interface PlatformFacts {
  readonly vendor: string;
  readonly model: string;
  readonly version: string;
  readonly interfaces: readonly string[];
}

export const PLATFORM_FACTS: Readonly<Record<Platform, PlatformFacts>> = {
  linux: { vendor: 'debian', model: 'Simulated Server', version: '12', interfaces: ['eth0', 'eth1'] },
  'cisco-ios': {
    vendor: 'cisco',
    model: 'SIM-1100-8P',
    version: '17.9.4',
    interfaces: ['GigabitEthernet0/0/0', 'GigabitEthernet0/0/1', 'Loopback0'],
  },
  'cisco-nxos': {
    vendor: 'cisco',
    model: 'SIM-9300V',
    version: '10.3(4a)',
    interfaces: ['mgmt0', 'Ethernet1/1', 'Ethernet1/2'],
  },
  'arista-eos': {
    vendor: 'arista',
    model: 'SIM-7050-48',
    version: '4.30.4M',
    interfaces: ['Management1', 'Ethernet1', 'Ethernet2'],
  },
  'juniper-junos': {
    vendor: 'juniper',
    model: 'sim-mx204',
    version: '22.4R3.25',
    interfaces: ['fxp0', 'ge-0/0/0', 'ge-0/0/1'],
  },
  frr: { vendor: 'frr', model: 'Simulated Router', version: '8.4.4', interfaces: ['lo', 'eth0', 'eth1'] },
};
