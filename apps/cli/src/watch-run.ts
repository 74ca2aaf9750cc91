import type { RunyardClient } from '@runyard/client';
import type { DeviceOutputAnswer, DeviceRowAnswer, RunAnswer } from '@runyard/contracts';
import { isTerminal, type JsonValue } from '@runyard/domain';

export interface WatchOptions {
  readonly signal?: AbortSignal;
  /** A device became final; each is told once. Its output comes along in runs that are small enough to read along. */
  readonly onDevice: (row: DeviceRowAnswer, output: DeviceOutputAnswer | undefined, run: RunAnswer) => void;
}

const OUTPUT_DEVICES_MAX = 200;

/** Follows a run until its end and returns it as it ended. Rejects with the reason of the signal when that fires. */
export async function watchRun(client: RunyardClient, id: string, options: WatchOptions): Promise<RunAnswer> {
  const { signal } = options;
  const told = new Set<string>();
  let run = await client.runs.get(id);
  const tell = async (row: DeviceRowAnswer): Promise<void> => {
    if (!isFinal(row) || told.has(row.name)) return;
    told.add(row.name);
    const isReadAlong = run.counts.total <= OUTPUT_DEVICES_MAX;
    options.onDevice(row, isReadAlong ? await client.runs.device(id, row.name) : undefined, run);
  };
  for await (const event of client.runs.events(id, signal ? { signal } : {})) {
    if (event.event === 'run') run = event.run;
    else if (event.event === 'device') await tell(event.device);
  }
  run = await client.runs.wait(id, signal ? { signal } : {});
  // Events are hints: what they left out is read from the record, unless it is too much to look at anyway.
  if (told.size < run.counts.total && run.counts.total <= OUTPUT_DEVICES_MAX) {
    for await (const row of client.runs.devices(id)) await tell(row);
  }
  return run;
}

function isFinal({ state }: DeviceRowAnswer): boolean {
  return state !== 'pending' && state !== 'running';
}

/** What one line says about a device: why it failed, else the beginning of its output. */
export function deviceText(row: DeviceRowAnswer, output: DeviceOutputAnswer | undefined): string {
  if (row.error) return row.error.message;
  const result = output?.result as JsonValue | undefined;
  if (result === undefined || result === null) return '';
  return typeof result === 'string' ? result : JSON.stringify(result);
}

/** True when every device of the run ended well. */
export function isGood(run: RunAnswer): boolean {
  return isTerminal(run.state) && run.state === 'succeeded';
}
