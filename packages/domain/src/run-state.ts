export const RUN_STATES = [
  'queued',
  'running',
  'waiting',
  'cancelling',
  'succeeded',
  'failed',
  'cancelled',
  'denied',
  'expired',
] as const;
export type RunState = (typeof RUN_STATES)[number];

export type RunEvent = 'start' | 'wait' | 'cancel' | 'deny' | 'expire' | 'succeed' | 'fail' | 'finish-cancel';

/**
 * The state machine of a run: state → event → next state. Whatever is not here is refused.
 * The Lua scripts of the store carry this very table, so there is no second one to keep in step.
 *
 * A run that is cancelling ends `cancelled`, also when its last device succeeded meanwhile: the caller asked for an
 * end and the counts tell what was done. `queued` may end at once when there is nothing to run.
 */
export const RUN_TRANSITIONS: Readonly<Record<RunState, Partial<Readonly<Record<RunEvent, RunState>>>>> = {
  queued: { start: 'running', cancel: 'cancelling', deny: 'denied', expire: 'expired', fail: 'failed' },
  running: { wait: 'waiting', cancel: 'cancelling', expire: 'expired', succeed: 'succeeded', fail: 'failed' },
  waiting: { start: 'running', cancel: 'cancelling', expire: 'expired', succeed: 'succeeded', fail: 'failed' },
  cancelling: { 'finish-cancel': 'cancelled' },
  succeeded: {},
  failed: {},
  cancelled: {},
  denied: {},
  expired: {},
};

/** The next state, or null when the event is not possible in this state. */
export function transition(state: RunState, event: RunEvent): RunState | null {
  return RUN_TRANSITIONS[state][event] ?? null;
}

/** True when nothing can change the run any more. */
export function isTerminal(state: RunState): boolean {
  return Object.keys(RUN_TRANSITIONS[state]).length === 0;
}

export const DEVICE_STATES = ['pending', 'running', 'succeeded', 'failed', 'skipped', 'cancelled', 'unknown'] as const;
export type DeviceState = (typeof DEVICE_STATES)[number];

/** One byte per device in the run's table. */
export const DEVICE_STATE_LETTERS: Readonly<Record<DeviceState, string>> = {
  pending: 'p',
  running: 'r',
  succeeded: 's',
  failed: 'f',
  skipped: 'k',
  cancelled: 'c',
  unknown: 'u',
};

const STATE_OF_LETTER = new Map(DEVICE_STATES.map((state) => [DEVICE_STATE_LETTERS[state], state]));

/** The device state behind a letter of the run's table; an unknown letter is a programmer's error. */
export function deviceStateOf(letter: string): DeviceState {
  const state = STATE_OF_LETTER.get(letter);
  if (state === undefined) throw new Error(`no device state has the letter ${JSON.stringify(letter)}`);
  return state;
}

export type FinalDeviceState = Exclude<DeviceState, 'pending' | 'running'>;

/** How many devices of a run are in each state; the sum is `total`. */
export type DeviceCounts = Readonly<Record<DeviceState, number>> & { readonly total: number };

/** The event that ends a run whose devices are all final. Any device that did not end well makes the run failed. */
export function endingEvent(state: RunState, counts: DeviceCounts): RunEvent {
  if (state === 'cancelling') return 'finish-cancel';
  return counts.failed + counts.cancelled + counts.unknown > 0 ? 'fail' : 'succeed';
}
