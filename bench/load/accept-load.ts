// Accepts runs as a gateway does, without HTTP in front: the producer that raw BullMQ is compared with.
import { createInputValidator } from '@runyard/contracts';
import type { RunRequest } from '@runyard/engine';
import { createAcceptRun } from '@runyard/engine';
import { BullRunQueue } from '@runyard/queue';
import { connectRedis } from '@runyard/redis';
import { createKeys, createRunStore, LeasedRunIds, RedisCatalogStore } from '@runyard/store';
import { answer } from '../harness/child-answers.ts';
import { keepInFlight, waitUntil } from './in-flight.ts';

const { REDIS_URL = '', KEY_PREFIX = '', SERVICE = '', DEVICE = '' } = process.env;
const log = { debug() {}, info() {}, warn: console.error, error: console.error };
const clock = { nowMs: () => Date.now() };
const keys = createKeys(KEY_PREFIX);
const connection = await connectRedis({ url: REDIS_URL }, 'request', log);
const ids = new LeasedRunIds({ connection, keys, clock, log });
await ids.start();
const accept = createAcceptRun({
  catalog: new RedisCatalogStore({ connection, keys, clock }),
  runs: createRunStore({ connection, keys, nowMs: clock.nowMs }),
  queue: new BullRunQueue({ connection, keyPrefix: KEY_PREFIX, log }),
  ids,
  inputs: createInputValidator(),
});

const request: RunRequest = {
  service: SERVICE,
  targets: { devices: [DEVICE], ipAddresses: [], pools: [] },
  targetRule: 'aggregate',
  ignoreInvalidTargets: false,
  params: {},
  payload: {},
};
const caller = {
  principal: { name: 'bench', kind: 'user', roles: ['operator'], credentialId: 'password' },
  door: 'native',
} as const;

async function acceptMany(count: number, inFlight: number): Promise<void> {
  await keepInFlight(count, inFlight, async () => {
    const { kind } = await accept(request, caller);
    if (kind !== 'accepted') throw new Error(`not accepted: ${kind}`);
  });
}

answer({
  /** Accepts runs that nobody takes. */
  accept: ({ count, inFlight }: { count: number; inFlight: number }) => acceptMany(count, inFlight),
  /** Accepts runs and resolves when each has ended well; gives the seconds that took. */
  async run({ count, inFlight }: { count: number; inFlight: number }) {
    const succeeded = keys.runsInState('succeeded');
    const before = await connection.zcard(succeeded);
    const startMs = performance.now();
    await acceptMany(count, inFlight);
    const acceptedMs = performance.now();
    await waitUntil(async () => (await connection.zcard(succeeded)) >= before + count);
    return { acceptSeconds: (acceptedMs - startMs) / 1_000, seconds: (performance.now() - startMs) / 1_000 };
  },
});
