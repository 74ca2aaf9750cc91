import { DEVICE_STATE_LETTERS, type DeviceResult, type LogLine, type ResultBatch } from '@runyard/domain';
import { encodeRow } from './row-format.ts';

const LOG_LINE_CHARS_MAX = 2_000;

type Argument = string | number | Buffer;

/**
 * Updates in ascending order of position: `<position>r` for a device that began, `<position>p` for one given back,
 * `<position>w` for one that waits; `<position><letter>` and its row for one that ended, with `+` behind the letter and
 * the compressed output behind the row when it is large. A device that began and ended in one batch is written once.
 */
export async function encodeUpdates({
  started,
  returned = [],
  waiting = [],
  results,
}: ResultBatch): Promise<{ count: number; args: Argument[] }> {
  const settled = new Set([...results.map(({ position }) => position), ...returned, ...waiting]);
  const began = started.filter((position) => !settled.has(position));
  const updates: { readonly position: number; readonly result: DeviceResult | 'running' | 'pending' | 'waiting' }[] = [
    ...results,
    ...began.map((position) => ({ position, result: 'running' as const })),
    ...returned.map((position) => ({ position, result: 'pending' as const })),
    ...waiting.map((position) => ({ position, result: 'waiting' as const })),
  ];
  updates.sort((a, b) => a.position - b.position);
  const args: Argument[] = [];
  for (const { position, result } of updates) {
    if (typeof result === 'string') {
      args.push(`${position}${result === 'waiting' ? 'w' : DEVICE_STATE_LETTERS[result]}`);
      continue;
    }
    const { row, large } = encodeRow(result);
    const head = `${position}${DEVICE_STATE_LETTERS[result.state]}`;
    if (large) args.push(`${head}+`, row, await large);
    else args.push(head, row);
  }
  return { count: updates.length, args };
}

export function encodeLogLine({ atMs, device, text }: LogLine): string {
  return JSON.stringify([atMs, device, text.slice(0, LOG_LINE_CHARS_MAX)]);
}
