import type { DeviceState, RunState } from '@runyard/domain';
import type { Colour } from './terminal.ts';

/** A state of a run or of a device in its colour. */
export function stateText(state: RunState | DeviceState, colour: Colour): string {
  if (state === 'succeeded') return colour('green', state);
  if (state === 'failed' || state === 'denied' || state === 'expired' || state === 'unknown')
    return colour('red', state);
  return state === 'cancelled' || state === 'cancelling' ? colour('yellow', state) : state;
}
