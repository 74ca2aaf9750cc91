import type { Row } from './harness/row.ts';
import { acceptedRuns } from './rows/accepted-runs.ts';
import { growth } from './rows/growth.ts';
import { largeRun } from './rows/large-run.ts';
import { poolAnswerTime } from './rows/pool-answer-time.ts';
import { redisCost } from './rows/redis-cost.ts';
import { redisMemory } from './rows/redis-memory.ts';
import { runPolls } from './rows/run-polls.ts';
import { singleDeviceRuns } from './rows/single-device-runs.ts';
import { sshFleet } from './rows/ssh-fleet.ts';
import { synchronousRun } from './rows/synchronous-run.ts';
import { workerMemory } from './rows/worker-memory.ts';

/** Everything that is measured, in the order of the table. */
export const ROWS: readonly Row[] = [
  {
    id: 'P1',
    figure: 'accepted runs over HTTP (POST, login, validation, one device)',
    floor: 'Express 5 + Ajv + queue.add with the same body',
    goal: '≥ 0.9 ×',
    run: acceptedRuns,
  },
  {
    id: 'P2',
    figure: 'single-device no-op runs end to end, results stored and readable',
    floor: 'raw BullMQ add + no-op worker, the same processes',
    goal: '≥ 0.7 ×',
    run: singleDeviceRuns,
  },
  {
    id: 'P3',
    figure: 'device results of one run with many no-op devices',
    floor: 'raw BullMQ, one job per device',
    goal: '≥ 15 ×',
    run: largeRun,
  },
  {
    id: 'P4',
    figure: "Redis's main-thread time and commands per device of a large run",
    floor: 'raw BullMQ, one job per device',
    goal: '≤ 5 µs, ≤ 0.2 commands',
    run: redisCost,
  },
  {
    id: 'P5',
    figure: 'answer time of a POST for a whole fleet, and the longest stall of another Redis client meanwhile',
    floor: '1 PING',
    goal: 'p99 < 25 ms by a pool, < 250 ms by a list; stall < 5 ms',
    run: poolAnswerTime,
  },
  {
    id: 'P6',
    figure: 'Redis memory per finished device with 200 B of output, and per waiting run',
    floor: 'BullMQ job hash',
    goal: '≤ 350 B; ≤ 2 KB',
    run: redisMemory,
  },
  {
    id: 'P7',
    figure: 'show version over SSH on a simulated fleet with 0 and 200 ms of latency',
    floor: 'bare ssh2, OpenSSH in parallel, Ansible, netmiko on the same fleet',
    goal: '≥ 0.85 × bare ssh2 with as many processes, ≥ 3 × every other; again with kept sessions ≥ 3 × Go anew',
    run: sshFleet,
  },
  {
    id: 'P8',
    figure: 'polls of a run, also with If-None-Match',
    floor: 'Express 5 + one Redis GET',
    goal: '≥ 0.8 ×',
    run: runPolls,
  },
  {
    id: 'P9',
    figure: 'synchronous no-op run, p50 and p99',
    floor: 'Express 5 + BullMQ add + waitUntilFinished',
    goal: '≤ 1.5 ×',
    run: synchronousRun,
  },
  {
    id: 'P10',
    figure: 'memory of a worker: idle, and for each SSH device in flight',
    floor: 'node + ssh2',
    goal: '≤ 80 MB + 60 KB',
    run: workerMemory,
  },
  {
    id: 'P11',
    figure: 'growth: devices of a run, and finished runs kept, from 1k to 1M (--quick: 100k)',
    floor: 'itself at the smallest size',
    goal: 'within 20 %',
    run: growth,
  },
];
