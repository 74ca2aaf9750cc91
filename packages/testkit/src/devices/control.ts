import type { FaultSpec } from './device-fault.ts';
import { isFaultKind, toFault } from './device-fault.ts';
import type { DeviceFleet } from './device-fleet.ts';

/** Carries out one line of the control channel and returns the line that answers it. Never rejects. */
export async function control(fleet: DeviceFleet, line: string): Promise<string> {
  try {
    return JSON.stringify({ ok: true, ...(await carryOut(fleet, JSON.parse(line) as Order)) });
  } catch (error) {
    return JSON.stringify({ ok: false, error: error instanceof Error ? error.message : String(error) });
  }
}

interface Order {
  readonly op?: unknown;
  readonly name?: string;
  readonly fault?: FaultSpec | null;
}

async function carryOut(fleet: DeviceFleet, { op, name, fault = null }: Order): Promise<object> {
  switch (op) {
    case 'set-fault':
      if (fault !== null && !isFaultKind(toFault(fault).kind)) throw new Error('there is no such fault');
      await fleet.setFault(name ?? '', fault);
      return {};
    case 'change-host-key':
      return { hostKeyFingerprint: fleet.changeHostKey(name ?? '') };
    case 'commands':
      return { commands: fleet.commands(name) };
    case 'connections':
      return { connections: fleet.connections(name) };
    default:
      throw new Error('op is set-fault, change-host-key, commands or connections');
  }
}
