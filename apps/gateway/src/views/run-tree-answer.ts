import type { RunBranchAnswer } from '@runyard/contracts';
import { createdAtUsOf } from '@runyard/domain';
import type { RunBranch } from '@runyard/engine';
import { timeText } from './runtime-text.ts';

/** A run of a tree, with those that it started. */
export function runBranchAnswer({ runId, record, node, children }: RunBranch): RunBranchAnswer {
  const endpoint = record?.spec.endpoint;
  return {
    id: runId,
    state: record?.state ?? null,
    service: record?.spec.service ?? null,
    ...(endpoint === undefined ? {} : { endpoint }),
    principal: record?.spec.principal ?? null,
    ...(node ? { stepId: node.stepId } : {}),
    ...(node?.device === undefined ? {} : { device: node.device }),
    createdAt: timeText(Math.floor(createdAtUsOf(runId) / 1_000)),
    children: children.map(runBranchAnswer),
  };
}
