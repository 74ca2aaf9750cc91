import type { Reason, RunRecord, StepRow, StepStore } from '@runyard/domain';
import { WORKFLOW_TYPE } from '@runyard/domain';
import { moment, reason } from './reason.ts';

/** Steps that are named; of more that wait, any. */
const STEPS_MAX = 10;
const PAGE_STEPS = 200;
const PAGES_MAX = 5;

/** What the steps of a workflow wait for, in a bounded number of looks. */
export async function stepReasons({ spec }: RunRecord, steps: Pick<StepStore, 'list'>): Promise<readonly Reason[]> {
  if (spec.type !== WORKFLOW_TYPE) return [];
  const found: Reason[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < PAGES_MAX && found.length < STEPS_MAX; page += 1) {
    const { items, cursor: next }: Awaited<ReturnType<StepStore['list']>> = await steps.list(
      spec.id,
      cursor,
      PAGE_STEPS,
    );
    found.push(...items.flatMap((row) => stepReason(spec.id, row) ?? []));
    if (next === null) break;
    cursor = next;
  }
  return found.slice(0, STEPS_MAX);
}

function stepReason(runId: string, { device, step, record }: StepRow): Reason | null {
  const where = device === '' ? `The step '${step}'` : `The step '${step}' of the device '${device}'`;
  const facts = { step, device, sinceMs: record.startedAtMs };
  const { state, message, child, untilMs } = record;
  if (state === 'requested' || state === 'starting') {
    return reason('step', `${where} waits for a gateway to start its run.`, facts);
  }
  if (state !== 'waiting') return null;
  const until = untilMs === undefined ? {} : { untilMs };
  if (message !== undefined) {
    const late = untilMs === undefined ? '' : ` by ${moment(untilMs)}`;
    const how = `POST /v1/runs/${runId}/approve or /reject`;
    return reason('approval', `${where} waits for somebody to say yes or no${late} (${how}): ${message}`, {
      ...facts,
      ...until,
    });
  }
  if (child)
    return reason('step', `${where} waits for the run ${child.runId} to end.`, { ...facts, runs: [child.runId] });
  return reason('step', `${where} waits until ${moment(untilMs ?? record.startedAtMs)}.`, { ...facts, ...until });
}
