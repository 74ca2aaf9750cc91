import { isCluster, type RedisConnection, type RedisSettings } from '@runyard/redis';
import { withRedis } from '../redis-probe.ts';
import { compareVersions, type Finding, ok, problem, warning } from './check.ts';

const REDIS_MIN = '6.2';

/** What matters about a Redis that is in use: its version, that it drops nothing, and that it keeps what it has. */
export interface RedisFacts {
  readonly version: string;
  /** Undefined when Redis does not let us see its settings, as hosted ones do not. */
  readonly policy: string | undefined;
  readonly appendOnly: string | undefined;
}

export function judgeRedis({ version, policy, appendOnly }: RedisFacts): Finding[] {
  const title = 'Redis in use';
  const findings: Finding[] =
    compareVersions(version, REDIS_MIN) < 0
      ? [problem(title, `version ${version}`, `Version ${REDIS_MIN} or newer is needed.`)]
      : [ok(title, `version ${version}`)];
  if (policy === undefined) {
    findings.push(warning('Redis policy', 'cannot be read', 'Make sure that maxmemory-policy is noeviction.'));
  } else if (policy !== 'noeviction') {
    findings.push(
      problem(
        'Redis policy',
        `maxmemory-policy is ${policy}`,
        'Set it to noeviction, or accepted runs may be dropped.',
      ),
    );
  } else findings.push(ok('Redis policy', 'noeviction'));
  if (appendOnly === 'no') {
    findings.push(warning('Redis on disk', 'appendonly is no', 'Set it to yes, or a crash of Redis loses runs.'));
  } else if (appendOnly === 'yes') findings.push(ok('Redis on disk', 'append-only file'));
  return findings;
}

export async function checkRedis(settings: RedisSettings): Promise<Finding[]> {
  try {
    return judgeRedis(await withRedis(settings, readFacts));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return [problem('Redis in use', reason, 'Start it, or correct RUNYARD_REDIS_URL.')];
  }
}

async function readFacts(connection: RedisConnection): Promise<RedisFacts> {
  const node = isCluster(connection) ? connection.nodes('master')[0] : connection;
  if (!node) throw new Error('the cluster has no master');
  const info = await node.info('server');
  const setting = async (name: string): Promise<string | undefined> => {
    const answer = await node.config('GET', name).catch(() => undefined);
    return Array.isArray(answer) && typeof answer[1] === 'string' ? answer[1] : undefined;
  };
  return {
    version: /^(?:valkey|redis)_version:(\S+)/m.exec(info)?.[1] ?? '0',
    policy: await setting('maxmemory-policy'),
    appendOnly: await setting('appendonly'),
  };
}
