/** Sends a signal to a process group. A group that is gone is no error. */
function signalGroup(leaderPid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-leaderPid, signal);
  } catch {
    // ESRCH: nobody is left. EPERM: only processes that changed their user are left, which nobody here may kill.
  }
}

/** Ends a process group: politely first, then by force. */
export interface KillLadder {
  /** The first signal now, SIGKILL after the grace. Only the first call counts. */
  begin(): void;
  readonly hasBegun: boolean;
  /** SIGKILL to whoever is left; to be called when the leader has ended. */
  sweep(): void;
}

export function createKillLadder(leaderPid: number, first: NodeJS.Signals, graceMs: number): KillLadder {
  let hasBegun = false;
  let timer: NodeJS.Timeout | undefined;
  return {
    begin() {
      if (hasBegun) return;
      hasBegun = true;
      signalGroup(leaderPid, first);
      timer = setTimeout(() => signalGroup(leaderPid, 'SIGKILL'), graceMs);
    },
    get hasBegun() {
      return hasBegun;
    },
    sweep() {
      clearTimeout(timer);
      signalGroup(leaderPid, 'SIGKILL');
    },
  };
}
