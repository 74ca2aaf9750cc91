import type { DeviceState, RunState, ShownStepState } from '@runyard/domain';
import type { Colour } from './terminal.ts';

/** A state of a run, a device or a step in its colour. */
export function stateText(state: RunState | DeviceState | ShownStepState, colour: Colour): string {
  if (state === 'succeeded') return colour('green', state);
  if (state === 'failed' || state === 'denied' || state === 'expired' || state === 'unknown')
    return colour('red', state);
  return state === 'cancelled' || state === 'cancelling' ? colour('yellow', state) : state;
}
