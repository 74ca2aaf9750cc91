import type { DeviceState } from './device-state.ts';
import type { Platform } from './platform.ts';

export type CiscoLikePlatform = Exclude<Platform, 'linux' | 'juniper-junos'>;

/** In what the platforms with a `configure terminal` differ. */
export interface Dialect {
  /** A login lands in privileged mode, without `enable`. */
  readonly isPrivileged: boolean;
  readonly pageLines: number;
  readonly morePrompt: string;
  /** `show …` works in configuration mode without `do`. */
  readonly showsWhileConfiguring: boolean;
  /** Exit status of exec after an error: routers mostly say 0. */
  readonly errorStatus: number;
  version(state: DeviceState): string;
  configHeader(state: DeviceState, body: string): string;
  /** `column`: where the wrong word stands in the line as typed after the prompt. */
  invalid(line: string, column: number): string;
}

const marker = (column: number): string => `${' '.repeat(column)}^\n`;

export const DIALECTS: Readonly<Record<CiscoLikePlatform, Dialect>> = {
  'cisco-ios': {
    isPrivileged: false,
    pageLines: 24,
    morePrompt: ' --More-- ',
    showsWhileConfiguring: false,
    errorStatus: 0,
    version: ({ hostname, model, version, serial, uptimeSeconds }) =>
      [
        `Simulated IOS XE Software, Version ${version}`,
        `${model} Software (SIM-UNIVERSALK9-M), Version ${version}, RELEASE SOFTWARE (sim1)`,
        '',
        'ROM: Simulated bootstrap',
        '',
        `${hostname} uptime is ${uptimeSeconds} seconds`,
        `System image file is "bootflash:sim-${version}.bin"`,
        '',
        `cisco ${model} (SIM) processor with 3670016K bytes of memory.`,
        `Processor board ID ${serial}`,
        'Configuration register is 0x2102',
        '',
      ].join('\n'),
    configHeader: ({ version }, body) =>
      `Building configuration...\n\nCurrent configuration : ${body.length} bytes\n!\nversion ${version.split('.').slice(0, 2).join('.')}\n!\n`,
    invalid: (_line, column) => `${marker(column)}% Invalid input detected at '^' marker.\n\n`,
  },
  'cisco-nxos': {
    isPrivileged: true,
    pageLines: 24,
    morePrompt: '--More--',
    showsWhileConfiguring: true,
    errorStatus: 0,
    version: ({ hostname, model, version, serial, uptimeSeconds }) =>
      [
        'Simulated Nexus Operating System (NX-OS) Software',
        'Software',
        `  NXOS: version ${version}`,
        'Hardware',
        `  cisco ${model} Chassis`,
        `  Processor Board ID ${serial}`,
        `  Device name: ${hostname}`,
        `Kernel uptime is 0 day(s), 0 hour(s), 0 minute(s), ${uptimeSeconds} second(s)`,
        '',
      ].join('\n'),
    configHeader: ({ version }) => `\n!Command: show running-config\nversion ${version}\n`,
    invalid: (_line, column) => `${marker(column)}% Invalid command at '^' marker.\n`,
  },
  'arista-eos': {
    isPrivileged: false,
    pageLines: 24,
    morePrompt: ' --More-- ',
    showsWhileConfiguring: true,
    errorStatus: 0,
    version: ({ model, version, serial, uptimeSeconds }) =>
      [
        `Arista ${model}`,
        'Hardware version: 11.00',
        `Serial number: ${serial}`,
        '',
        `Software image version: ${version}`,
        'Architecture: sim64',
        `Uptime: ${uptimeSeconds} seconds`,
        '',
      ].join('\n'),
    configHeader: ({ hostname, model, version }) =>
      `! Command: show running-config\n! device: ${hostname} (${model}, EOS-${version})\n!\n`,
    invalid: () => '% Invalid input\n',
  },
  frr: {
    isPrivileged: true,
    pageLines: 0,
    morePrompt: '--More--',
    showsWhileConfiguring: true,
    errorStatus: 1,
    version: ({ hostname, model, version, serial }) =>
      `FRRouting ${version} (${hostname}) on ${model}.\nSimulated, board ${serial}.\n`,
    configHeader: ({ version }) =>
      `Building configuration...\n\nCurrent configuration:\n!\nfrr version ${version}\nfrr defaults traditional\n`,
    invalid: (line) => `% Unknown command: ${line}\n`,
  },
};
