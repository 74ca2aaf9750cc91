import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Processor time that a process used since it began, in microseconds. Null where there is no /proc. */
export function usedMicros(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of the program stands in parentheses and may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return ((Number(fields[11]) + Number(fields[12])) * 1e6) / ticksPerSecond();
  } catch {
    return null;
  }
}

let ticks = 0;
function ticksPerSecond(): number {
  ticks ||= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  return ticks;
}

/**
 * Says how much processor time each process used for one operation: on a machine that others use too, this drifts
 * much less than the rate. `stop` gives a text such as `gateway 190 + redis 61 = 251 µs`.
 */
export function watchProcessorTime(
  processes: Readonly<Record<string, readonly number[]>>,
): (operations: number) => string {
  const sum = (pids: readonly number[]): number =>
    pids.reduce((total, pid) => total + (usedMicros(pid) ?? Number.NaN), 0);
  const before = Object.fromEntries(Object.entries(processes).map(([name, pids]) => [name, sum(pids)]));
  return (operations) => {
    const each = Object.entries(processes).map(
      ([name, pids]) => [name, (sum(pids) - (before[name] ?? 0)) / operations] as const,
    );
    const total = each.reduce((micros, [, used]) => micros + used, 0);
    return `${each.map(([name, used]) => `${name} ${used.toPrecision(3)}`).join(' + ')} = ${total.toPrecision(3)} µs`;
  };
}
