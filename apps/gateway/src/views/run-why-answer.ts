import type { RunWhyAnswer } from '@runyard/contracts';
import type { Reason } from '@runyard/domain';
import type { RunExplanation } from '@runyard/engine';
import { timeText } from './runtime-text.ts';

/** Why a run is where it is, as the API says it. */
export function runWhyAnswer({ id, state, reasons }: RunExplanation): RunWhyAnswer {
  return { id, state, reasons: reasons.map(reasonAnswer) };
}

function reasonAnswer({ code, message, facts }: Reason): RunWhyAnswer['reasons'][number] {
  const { sinceMs, untilMs, perMs, runs, workers, ...rest } = facts;
  return {
    code,
    message,
    ...rest,
    ...(runs === undefined ? {} : { runs: [...runs] }),
    ...(workers === undefined ? {} : { workers: [...workers] }),
    ...(sinceMs === undefined ? {} : { since: timeText(sinceMs) }),
    ...(untilMs === undefined ? {} : { until: timeText(untilMs) }),
    ...(perMs === undefined ? {} : { per: perMs }),
  };
}
