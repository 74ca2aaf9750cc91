import { ErrorCode, Job, type Queue } from 'bullmq';

/** One step for a job that waits, or null when it has not waited for long enough. */
type Step = 'normal' | 'head' | null;

interface Candidate {
  readonly id: string;
  readonly job: Job;
  readonly step: Step;
}

/**
 * Puts waiting jobs of one queue ahead; see `RunQueue.raise`. What is asked for is carried out by one script for each
 * job, which finds it where it waits or does nothing: a job that was taken or finished meanwhile is neither lost nor
 * queued twice. Gives the ids of those that nobody has taken yet.
 */
export async function raiseJobs(queue: Queue, ids: readonly string[], stepMs: number): Promise<ReadonlySet<string>> {
  const nowMs = Date.now();
  const jobs = await Promise.all(ids.map((id) => Job.fromId(queue, id)));
  const candidates = jobs
    .filter((job) => job !== undefined)
    .map((job): Candidate => ({ id: job.id ?? '', job, step: stepOf(job, nowMs - job.timestamp, stepMs) }))
    .sort((a, b) => a.job.timestamp - b.job.timestamp);
  const normal = candidates.filter(({ step }) => step === 'normal');
  // Each goes before the one put there before it, so the oldest comes last.
  const heads = candidates.filter(({ step }) => step === 'head').reverse();
  await Promise.all([
    ...normal.map(({ job }) => change(job, { priority: 0 })),
    ...heads.map(({ job }) => change(job, { priority: 0, lifo: true })),
  ]);
  return new Set(candidates.filter(({ job }) => job.processedOn === undefined).map(({ id }) => id));
}

/** A job that was low when it was added needs two steps to the head. */
function stepOf({ priority, opts }: Job, waitedMs: number, stepMs: number): Step {
  if (priority > 0) return waitedMs >= stepMs ? 'normal' : null;
  const steps = opts.priority ? 2 : 1;
  return waitedMs >= steps * stepMs ? 'head' : null;
}

async function change(job: Job, to: { readonly priority: number; readonly lifo?: boolean }): Promise<void> {
  try {
    await job.changePriority(to);
  } catch (error) {
    if ((error as { readonly code?: unknown }).code !== ErrorCode.JobNotExist) throw error;
  }
}
