import type { RunyardClient } from '@runyard/client';
import { ClientError } from '@runyard/client';
import type { WorkerAnswer } from '@runyard/contracts';
import { type Finding, ok, problem, warning } from './check.ts';

const SKEW_MS_MAX = 2_000;

/** Whether the gateway answers, lets us in, has workers, and has the same time as we have. */
export async function checkGateway(client: RunyardClient, url: string): Promise<Finding[]> {
  const reached = await reach(client, url);
  if (reached.some(({ level }) => level === 'problem')) return reached;
  const ready = (await client.isReady())
    ? ok('Gateway is ready', 'Redis answers it')
    : problem('Gateway is ready', 'no', 'Its log says why; usually it cannot reach Redis.');
  return [...reached, ready, ...judgeWorkers(await client.workers.list()), judgeClock(await client.clockSkewMs())];
}

async function reach(client: RunyardClient, url: string): Promise<Finding[]> {
  try {
    const { name, roles } = await client.me();
    return [ok('Gateway', url), ok('Login', [name, ...roles].join(', '))];
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    if (error.status === 401 || error.status === 429) {
      const advice = 'Give --user and --password, or RUNYARD_API_KEY; runyard up keeps its login in .runyard.';
      return [ok('Gateway', url), problem('Login', error.detail, advice)];
    }
    return [
      problem('Gateway', error.detail, 'Start it with npm start, or name another one with --url or RUNYARD_URL.'),
    ];
  }
}

export function judgeWorkers(workers: readonly WorkerAnswer[]): Finding[] {
  if (workers.length === 0) {
    return [problem('Workers', 'none is alive', 'Start one for each cluster; runs wait until then.')];
  }
  const clusters = [...new Set(workers.map(({ cluster }) => cluster))].sort();
  return clusters.map((cluster) => {
    const own = workers.filter((worker) => worker.cluster === cluster);
    const ready = own.filter(({ draining }) => !draining).length;
    const title = `Workers of ${cluster}`;
    return ready > 0 ? ok(title, `${ready} ready`) : warning(title, 'all are draining', 'Start another one.');
  });
}

export function judgeClock(skewMs: number | null): Finding {
  if (skewMs === null) return warning('Clock', 'the gateway does not tell the time');
  const seconds = (Math.abs(skewMs) / 1_000).toFixed(1);
  if (Math.abs(skewMs) <= SKEW_MS_MAX) return ok('Clock', 'the same here and at the gateway');
  const side = skewMs > 0 ? 'ahead of' : 'behind';
  return warning('Clock', `the gateway is ${seconds} s ${side} this machine`, 'Let NTP set the clocks of both.');
}
