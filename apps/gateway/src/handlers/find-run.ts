import { AppError, isRunId, type RunId, type RunRecord, type RunStore } from '@runyard/domain';

/** The id in the address. Throws RUN_NOT_FOUND for what cannot be one. */
export function runIdOf(params: Readonly<Record<string, string>>): RunId {
  const id = params['id'] ?? '';
  if (!isRunId(id)) throw runNotFound(id);
  return id;
}

/** The run of the address. Rejects with RUN_NOT_FOUND. */
export async function findRun(runs: RunStore, params: Readonly<Record<string, string>>): Promise<RunRecord> {
  const id = runIdOf(params);
  const record = await runs.get(id);
  if (!record) throw runNotFound(id);
  return record;
}

export function runNotFound(id: string): AppError {
  return new AppError('RUN_NOT_FOUND', `There is no run with the id '${id.slice(0, 100)}'.`);
}
