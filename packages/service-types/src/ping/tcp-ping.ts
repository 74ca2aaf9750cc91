import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { abortError } from '../process/abort-error.ts';
import { type PingSummary, summarize } from './ping-summary.ts';
import type { Probes } from './probes.ts';

/** Opens connections one after another and closes each at once. A refused one counts as no answer. */
export async function tcpPing(address: string, port: number, probes: Probes): Promise<PingSummary> {
  const { count, intervalMs, signal } = probes;
  const timesMs: (number | null)[] = [];
  for (let sent = 0; sent < count; sent++) {
    if (sent > 0) await delay(intervalMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) throw abortError(signal);
    timesMs.push(await probe(address, port, probes));
  }
  if (signal.aborted) throw abortError(signal);
  return summarize(timesMs);
}

/** Milliseconds until the connection was open; null when it did not open. */
function probe(address: string, port: number, { timeoutMs, signal }: Probes): Promise<number | null> {
  return new Promise((resolve) => {
    const startedMs = performance.now();
    const socket = connect({ host: address, port });
    const end = (tookMs: number | null): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
      socket.destroy();
      resolve(tookMs);
    };
    const giveUp = (): void => end(null);
    const timer = setTimeout(giveUp, timeoutMs);
    signal.addEventListener('abort', giveUp);
    socket.once('connect', () => end(performance.now() - startedMs));
    socket.on('error', giveUp);
  });
}
