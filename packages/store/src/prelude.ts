import { RUN_TRANSITIONS } from '@runyard/domain';

/** The state machine of the domain as a Lua table, so that no second copy of it can drift. */
function transitionsInLua(): string {
  const states = Object.entries(RUN_TRANSITIONS).map(([state, events]) => {
    const next = Object.entries(events).map(([event, target]) => `['${event}']='${target}'`);
    return `['${state}']={${next.join(',')}}`;
  });
  return `local TRANSITIONS = {${states.join(',')}}`;
}

/** Lua functions that more than one script of runs uses. */
export const RUN_PRELUDE = `
${transitionsInLua()}
local function write_slices(key, first, offset)
  for i = offset + 1, #ARGV, 2 do
    local number = first + (i - offset - 1) / 2
    redis.call('HSET', key, number, ARGV[i], number .. ':n', ARGV[i + 1])
  end
end
local function end_run(key, state, counts, now)
  local event = counts.f + counts.c + counts.u > 0 and 'fail' or 'succeed'
  if state == 'cancelling' then event = 'finish-cancel' end
  local next_state = TRANSITIONS[state][event]
  redis.call('HSET', key, 'state', next_state, 'ended', now)
  return next_state
end
`;
