import type { RunError, WorkerInfo } from '@runyard/domain';

/**
 * Why a run cannot be done: each of its clusters has live workers, and none of them runs services of this type. Null
 * while somebody can, or while nobody lives in one of the clusters (one that stops may come back): then the run waits as any other does.
 */
export function missingType(type: string, clusters: Iterable<string>, workers: readonly WorkerInfo[]): RunError | null {
  const without: string[] = [];
  for (const cluster of new Set(clusters)) {
    const own = workers.filter((worker) => worker.cluster === cluster && !worker.draining);
    if (own.length === 0 || own.some((worker) => canRun(worker, type))) return null;
    without.push(cluster);
  }
  if (without.length === 0) return null;
  const names = without.map((name) => `'${name}'`).join(', ');
  const message = `No live worker of the cluster ${names} runs services of the type '${type}'; is its program installed there?`;
  return { code: 'SERVICE_TYPE_UNKNOWN', message };
}

export function canRun(worker: WorkerInfo, type: string): boolean {
  return !worker.draining && worker.serviceTypes.includes(type);
}
