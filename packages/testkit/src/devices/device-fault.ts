/** The ways in which a simulated device misbehaves. */
export const FAULT_KINDS = [
  /** Nobody listens; what was open is closed. */
  'refuse',
  /** Every login is rejected. */
  'wrong-password',
  /** Takes the connection and says nothing, not even its identification. */
  'hang',
  /** Lets in and then answers nothing: no command, no prompt. */
  'hang-after-login',
  /** Shows its prompt, takes a command and never answers it. */
  'hang-in-command',
  /** Closes the connection in the middle of a command's output. */
  'drop',
  /** Takes its time (`latencyMs`) before it answers a command. */
  'slow',
  /** Shows another host key than before. */
  'changed-host-key',
  /** Sends rubbish where the identification should be. */
  'banner-garbage',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

export interface DeviceFault {
  readonly kind: FaultKind;
  /** For `slow`; 5,000 when absent. */
  readonly latencyMs?: number;
}

/** A fault, by its kind alone when there is nothing more to say. */
export type FaultSpec = FaultKind | DeviceFault;

export function toFault(spec: FaultSpec): DeviceFault {
  return typeof spec === 'string' ? { kind: spec } : spec;
}

export function isFaultKind(text: string): text is FaultKind {
  return (FAULT_KINDS as readonly string[]).includes(text);
}

/** Faults under which a session that is already open answers nothing any more. */
export function silencesCommands(fault: DeviceFault | null): boolean {
  return fault?.kind === 'hang' || fault?.kind === 'hang-after-login' || fault?.kind === 'hang-in-command';
}
