import { CiscoLikeCli } from './cisco-like-cli.ts';
import type { Cli } from './cli.ts';
import type { DeviceState } from './device-state.ts';
import { JunosCli } from './junos-cli.ts';
import { LinuxCli } from './linux-cli.ts';

const JUNOS_PAGE_LINES = 24;

/** The command line of a new session. Without a terminal nothing waits for a key. */
export function createCli(state: DeviceState, isInteractive: boolean): Cli {
  if (state.platform === 'linux') return new LinuxCli(state);
  if (state.platform === 'juniper-junos') return new JunosCli(state, isInteractive ? JUNOS_PAGE_LINES : 0);
  return new CiscoLikeCli(state, state.platform, isInteractive);
}
