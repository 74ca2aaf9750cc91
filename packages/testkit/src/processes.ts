import { readdirSync, readFileSync } from 'node:fs';
import { waitFor } from './wait-for.ts';

export interface ProcessInfo {
  readonly pid: number;
  readonly parentPid: number;
  readonly command: string;
}

/** Every process of this machine. Needs /proc, so Linux only: elsewhere it throws. */
function allProcesses(): readonly ProcessInfo[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        // The name of the program stands in parentheses and may hold anything, parentheses too.
        const [state, parentPid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        return state === 'Z' ? [] : [{ pid: Number(name), parentPid: Number(parentPid), command }];
      } catch {
        return [];
      }
    });
}

/** The children of a process, their children, and so on. What outlived its own parent is not among them. */
export function descendants(pid: number = process.pid): readonly ProcessInfo[] {
  const all = allProcesses();
  const found = all.filter(({ parentPid }) => parentPid === pid);
  for (const { pid: parent } of found) found.push(...all.filter(({ parentPid }) => parentPid === parent));
  return found;
}

/** Processes that were started with this variable in their environment, wherever they hang by now. */
export function markedProcesses(name: string, value: string): readonly ProcessInfo[] {
  return allProcesses().filter(({ pid }) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`${name}=${value}`);
    } catch {
      return false;
    }
  });
}

export interface LeakWatch {
  /** Resolves when every process and every socket opened since is gone; else rejects and names them. */
  assertNoLeaks(timeoutMs?: number): Promise<void>;
}

const SOCKETS = ['TCPSocketWrap', 'TCPServerWrap', 'PipeWrap', 'ProcessWrap', 'TLSWrap', 'UDPWrap'];

/** Remembers what is open now: child processes at any depth, sockets and listeners of this process. */
export function watchLeaks(): LeakWatch {
  const before = new Set(descendants().map(({ pid }) => pid));
  const openBefore = openHandles();
  const leaks = (): string[] => [
    ...descendants()
      .filter(({ pid }) => !before.has(pid))
      .map(({ pid, command }) => `process ${pid}: ${command}`),
    ...[...openHandles()]
      .filter(([kind, count]) => count > (openBefore.get(kind) ?? 0))
      .map(([kind, count]) => `${count - (openBefore.get(kind) ?? 0)} more ${kind}`),
  ];
  return {
    assertNoLeaks: async (timeoutMs = 2_000) => {
      await waitFor(() => leaks().length === 0, { timeoutMs }).catch(() => {
        throw new Error(`left behind:\n${leaks().join('\n')}`);
      });
    },
  };
}

function openHandles(): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) {
    if (SOCKETS.includes(kind)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}
