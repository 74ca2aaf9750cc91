/** The queue that the gateways pull: runs to be planned. */
const PLAN_QUEUE = 'plan';

export interface QueueName {
  readonly name: string;
  /** Prefix of BullMQ's keys. Its hash tag puts all keys of one queue into one slot of a Redis Cluster. */
  readonly prefix: string;
}

export function clusterQueue(keyPrefix: string, cluster: string): QueueName {
  return { name: cluster, prefix: `${keyPrefix}:queue:{${cluster}}` };
}

export function planQueue(keyPrefix: string): QueueName {
  return { name: PLAN_QUEUE, prefix: `${keyPrefix}:control:{${PLAN_QUEUE}}` };
}
