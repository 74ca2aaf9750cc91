import { isTerminal, RUN_STATES, RUN_TRANSITIONS } from '@runyard/domain';

/**
 * The state machine of the domain as Lua functions, so that no second copy of it can drift. Comparisons instead of a
 * table: a table would be built anew at each call of a script.
 */
function transitionsInLua(): string {
  const lines = Object.entries(RUN_TRANSITIONS).flatMap(([state, events]) =>
    Object.entries(events).map(
      ([event, next]) => `  if state == '${state}' and event == '${event}' then return '${next}' end`,
    ),
  );
  const terminal = RUN_STATES.filter(isTerminal).map((state) => `state == '${state}'`);
  return [
    'local function transition(state, event)',
    ...lines,
    'end',
    'local function is_terminal(state)',
    `  return ${terminal.join(' or ')}`,
    'end',
  ].join('\n');
}

/** Lua functions that the scripts of runs share. */
export const RUN_PRELUDE = `
${transitionsInLua()}
-- Fields of slices: header, names, and one entry of six characters for each device, all pending.
local function add_slices(fields, first, offset)
  for i = offset + 1, #ARGV, 2 do
    local n = first + (i - offset - 1) / 2
    local devices = string.match(ARGV[i], '^[^\\t]*\\t%d+\\t(%d+)')
    local at = #fields
    fields[at + 1], fields[at + 2] = n, ARGV[i]
    fields[at + 3], fields[at + 4] = n .. ':n', ARGV[i + 1]
    fields[at + 5], fields[at + 6] = n .. ':s', string.rep('p00000', tonumber(devices))
  end
end
`;
