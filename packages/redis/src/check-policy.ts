import { AppError, type Log } from '@runyard/domain';
import type { Redis } from 'ioredis';
import { isCluster, type RedisConnection } from './connection.ts';

const POLICY = 'noeviction';

/**
 * Makes sure that Redis drops nothing when its memory is full. Rejects with STORE_POLICY_WRONG when it would, on any
 * master. A server that does not tell its policy is warned about and used.
 */
export async function checkPolicy(connection: RedisConnection, log: Log): Promise<void> {
  const nodes = isCluster(connection) ? connection.nodes('master') : [connection];
  for (const node of nodes) {
    const policy = await policyOf(node);
    if (policy === null) {
      log.warn(`Redis does not tell its maxmemory-policy; make sure that it is ${POLICY}`);
    } else if (policy !== POLICY) {
      throw new AppError(
        'STORE_POLICY_WRONG',
        `The setting maxmemory-policy of Redis is ${policy}. Set it to ${POLICY}, or Redis drops accepted runs when its memory is full.`,
      );
    }
  }
}

/** Providers forbid CONFIG, and not every server has INFO. */
async function policyOf(node: Redis): Promise<string | null> {
  const answer: unknown = await node.config('GET', 'maxmemory-policy').catch(() => null);
  if (Array.isArray(answer) && typeof answer[1] === 'string') return answer[1];
  const info = await node.info('memory').catch(() => '');
  return /^maxmemory_policy:(\S+)/m.exec(info)?.[1] ?? null;
}
