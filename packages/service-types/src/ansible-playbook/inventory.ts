import type { Credential, Device, JsonObject } from '@runyard/domain';

/** A device with what it is entered with. */
export interface InventoryHost {
  readonly device: Device;
  readonly credential: Credential | null;
  /** The file with its private key, where it has one. */
  readonly keyFile: string | undefined;
}

/** How Ansible calls the platforms that it reaches by its network modules. */
const NETWORK_OS: Readonly<Record<string, string>> = {
  'cisco-ios': 'cisco.ios.ios',
  'cisco-nxos': 'cisco.nxos.nxos',
  'cisco-xr': 'cisco.iosxr.iosxr',
  'arista-eos': 'arista.eos.eos',
  'juniper-junos': 'junipernetworks.junos.junos',
};

/** The hosts as an inventory for Ansible. It holds passwords. An attribute of a device wins over what is made here. */
export function inventoryOf(hosts: readonly InventoryHost[], knownHostsFile: string): JsonObject {
  const entries = hosts.map((host) => [host.device.name, hostVariables(host, knownHostsFile)] as const);
  return { all: { hosts: Object.fromEntries(entries) } };
}

function hostVariables({ device, credential, keyFile }: InventoryHost, knownHostsFile: string): JsonObject {
  const { address, port, platform, attributes, ssh, cluster } = device;
  const networkOs = platform === undefined ? undefined : NETWORK_OS[platform];
  const policy = ssh?.hostKey ?? 'strict';
  return {
    ansible_host: address,
    ansible_port: port,
    ansible_user: credential?.username,
    ansible_password: credential?.password,
    ansible_ssh_private_key_file: keyFile,
    ansible_become_password: credential?.enablePassword,
    ansible_host_key_checking: policy !== 'off',
    ansible_ssh_common_args: sshArguments(policy, knownHostsFile),
    // Which connection to use is the playbook's business: a variable here would win over its `connection`.
    ansible_network_os: networkOs,
    runyard_platform: platform,
    runyard_cluster: cluster,
    ...attributes,
  };
}

function sshArguments(policy: 'strict' | 'accept-new' | 'off', knownHostsFile: string): string {
  if (policy === 'off') return '-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null';
  const checking = policy === 'accept-new' ? 'accept-new' : 'yes';
  return `-o StrictHostKeyChecking=${checking} -o 'UserKnownHostsFile="${knownHostsFile}"'`;
}
