import { readFileSync, readlinkSync } from 'node:fs';

/** The name under which Linux tells about the thread that asks; null on other systems. */
export function ownThread(): string | null {
  try {
    return readlinkSync('/proc/thread-self');
  } catch {
    return null;
  }
}

/** How long a thread of this process was on a processor, in ms; null where nobody tells. */
export function processorMs(thread: string | null): number | null {
  if (thread === null) return null;
  try {
    return Number(readFileSync(`/proc/${thread}/schedstat`, 'latin1').split(' ', 1)[0]) / 1e6;
  } catch {
    return null;
  }
}
