import { describe, expect, it } from '@jest/globals';
import {
  type DeathMoment,
  engineBundle,
  MemoryRunRetention,
  putService,
  RunDriver,
  sampleService,
} from '@runyard/testkit';
import { markOf, runService, workflowService, workStep } from '../test/workflow-samples.ts';
import { Pruner } from './pruner.ts';

interface Death {
  readonly who: 'worker' | 'gateway';
  readonly moment: DeathMoment;
  readonly diesAt: number;
}

/** Plays a workflow whose children are kept no moment longer than they must be, with a pruner that never rests. */
async function play({ who, ...death }: Death) {
  const works: string[] = [];
  const bundle = engineBundle({
    work: ({ service }) => {
      works.push(markOf(service));
      return { success: true, result: 'done' };
    },
  });
  const child = (name: string) =>
    sampleService(name, { type: 'test', runMethod: 'once', settings: { mark: name }, keep: { days: 0, runs: 1 } });
  const steps = [
    runService('first'),
    runService('let-go', { mode: 'detach', onParentClose: 'abandon' }),
    runService('second'),
    workStep('last'),
  ];
  await bundle.put(
    ...['first', 'let-go', 'second'].map((name) => putService(child(name))),
    putService(workflowService('top', steps)),
  );
  const { runs, catalog, clock, log } = bundle;
  const retention = new MemoryRunRetention(runs);
  const pruner = new Pruner({ retention, catalog, clock, log, lead: async () => true });
  let died = false;
  const driver = new RunDriver(bundle, {
    [who]: { ...death, onDeath: () => (died = true) },
    people: async () => void (await pruner.prune()),
  });
  const id = await bundle.start({ service: 'top' });
  await driver.untilEnded(id);
  const row = await runs.device(id, '');
  await pruner.prune();
  return { died, works, state: row?.result?.state, error: row?.result?.error, kept: [...runs.records.keys()], id };
}

describe.each(['worker', 'gateway'] as const)('runs below one whose %s dies', (who) => {
  it.each(['before', 'after'] as const)(
    'are kept until that one has ended, and go then, though they are kept for no time (%s a write)',
    async (moment) => {
      for (let diesAt = 1; ; diesAt += 1) {
        const { died, works, state, error, kept, id } = await play({ who, moment, diesAt });
        expect({ diesAt, state, error, kept }).toEqual({ diesAt, state: 'succeeded', error: null, kept: [id] });
        // A worker may have two pieces of work in hand, which are done again; no gateway starts a run again.
        expect([...new Set(works)].sort()).toEqual(['first', 'last', 'let-go', 'second']);
        expect(works.length).toBeLessThanOrEqual(who === 'gateway' ? 4 : 6);
        if (!died) break;
        expect(diesAt).toBeLessThan(200);
      }
    },
    60_000,
  );
});
