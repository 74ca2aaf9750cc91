import { describe, expect, it } from '@jest/globals';
import {
  AppError,
  type JsonObject,
  type JsonValue,
  type RunId,
  type StepRecord,
  type Task,
  type WorkflowStep,
} from '@runyard/domain';
import {
  ADMIN,
  type DeathMoment,
  type EngineBundle,
  type EngineGateway,
  engineBundle,
  putDevice,
  putService,
  RunDriver,
  sampleDevice,
  sampleService,
} from '@runyard/testkit';
import { forEach, ifStep, markOf, runService, workflowService, workStep } from '../../test/workflow-samples.ts';

const SWEEP_MS = 60_000;

const STEPS: readonly WorkflowStep[] = [
  workStep('look', { result: { version: '$.version' } }),
  ifStep('which', "vars.version = '16'", [['each'], ['never']]),
  forEach('each', [0, 1], workStep('each'), { onSuccess: ['child'] }),
  workStep('never'),
  runService('child', { params: { name: '{{ device.name }}{{ vars.version }}' }, result: { token: '$.token' } }),
  forEach('many', ['a', 'b'], runService('many', { service: 'each-child', params: { name: '{{ value }}' } })),
  runService('fire', { service: 'detached', mode: 'detach', onParentClose: 'abandon' }),
  workStep('odd', { result: { no: '$error("no")' }, onError: 'continue' }),
  { id: 'ask', type: 'approve', onError: 'fail', message: 'Go on with {{ vars.version }}?', result: { by: '$.by' } },
  { id: 'rest', type: 'wait', onError: 'fail', durationMs: 1 },
  workStep('last'),
];
const CHILDREN = ['child', 'each-child', 'detached'];

/** What each piece of work gives, by its mark. */
const RESULTS: Readonly<Record<string, JsonValue>> = { look: { version: '16' }, child: { token: 't-1' } };

/** The param by which a child tells for what it was started. */
function nameIn({ name }: JsonObject): string {
  return typeof name === 'string' ? name : '';
}

/** Which piece of work it is: the key of its step, or the service of a child with its param, on which device. */
function keyOf({ service, device, params, render }: Task): string {
  const mark = markOf(service);
  const which = mark === 'each' ? `each[${render('{{ value }}')}]` : mark;
  return `${device?.name ?? ''} ${CHILDREN.includes(mark) ? `${which} ${nameIn(params)}` : which}`;
}

async function setup() {
  const works: string[] = [];
  const bundle = engineBundle({
    slots: 1,
    work: (task) => {
      works.push(keyOf(task));
      return { success: true, result: RESULTS[markOf(task.service)] ?? 'ok' };
    },
  });
  const child = (name: string) =>
    putService(sampleService(name, { type: 'test', runMethod: 'once', settings: { mark: name } }));
  await bundle.put(
    ...['d1', 'd2'].map((name) => putDevice(sampleDevice(name))),
    ...CHILDREN.map(child),
    putService(workflowService('once', STEPS, { result: '{ "token": vars.token, "by": vars.by }' })),
    putService(workflowService('per-device', STEPS.slice(0, 5), {}, { runMethod: 'per-device' })),
  );
  return { bundle, works };
}

type Setup = Awaited<ReturnType<typeof setup>>;

/** Says yes to whatever waits for a person. */
function approver({ steps }: EngineBundle, runId: () => RunId) {
  return async ({ answer }: EngineGateway) => {
    const ref = { runId: runId(), device: '', step: 'ask' };
    if ((await steps.read(ref.runId, '', ['ask'])).get('ask')?.state !== 'waiting') return;
    await answer(ref, { isApproved: true }, ADMIN).catch((error: unknown) => {
      if (!(error instanceof AppError) || error.code !== 'STORE_UNAVAILABLE') throw error;
    });
  };
}

/** What must be the same whether somebody died or not. */
async function outcomeOf({ bundle: { runs, steps } }: Setup, runId: RunId) {
  const record = await runs.get(runId);
  const rows = (await steps.list(runId, null, 1_000)).items;
  const devices = (await runs.devices(runId, null, null, 10)).items;
  return {
    state: record?.state,
    counts: record?.counts,
    runs: [...runs.records.values()].map(({ spec, state }) => `${spec.service} ${state}`).sort(),
    results: devices.map(({ name, result }) => [name, result?.state, result?.error, textOf(result?.result)]),
    steps: Object.fromEntries(
      rows.map(({ device, step, record }) => [`${device} ${step}`, essenceOf(record)] as const),
    ),
  };
}

function essenceOf({ state, result, error, vars, branch, values, request }: StepRecord) {
  return { state, result: textOf(result), error, vars, branch, values, request };
}

/** Run ids and times differ from one play to the next. */
function textOf(value: JsonValue | undefined): string | undefined {
  return JSON.stringify(value)
    ?.replaceAll(/"[0-9a-f]{24}"/g, '"<run>"')
    .replaceAll(/"atMs":\d+/g, '"atMs":0');
}

/** Pieces of work whose end is written down: they must not be done again. */
async function endedWorks({ runs, steps }: EngineBundle): Promise<readonly string[]> {
  const all = [...runs.records.values()].map(async ({ spec, results }) => {
    const child = nameIn(spec.params);
    const own = spec.type === 'test' ? results.map(({ name }) => `${name} ${spec.service} ${child}`) : [];
    const { items } = await steps.list(spec.id, null, 1_000);
    const ended = items.filter(({ record }) => record.endedAtMs !== null);
    return [...own, ...ended.map(({ device, step }) => `${device} ${step}`)];
  });
  return (await Promise.all(all)).flat();
}

interface Death {
  readonly who: 'worker' | 'gateway';
  readonly diesAt: number;
  readonly moment: DeathMoment;
  readonly writes?: readonly string[];
}

/** Plays a run to its end. `write` is null when nobody died, because there was no such write any more. */
async function play(service: string, devices: readonly string[], death?: Death) {
  const set = await setup();
  const { bundle, works } = set;
  const seen: { write: string | null; ended: Promise<readonly string[]>; worksBefore: number } = {
    write: null,
    ended: Promise.resolve([]),
    worksBefore: 0,
  };
  const onDeath = (write: string) => {
    Object.assign(seen, { write, ended: endedWorks(bundle), worksBefore: works.length });
  };
  let runId = '';
  const driver = new RunDriver(bundle, {
    ...(death ? { [death.who]: { ...death, onDeath } } : {}),
    people: approver(bundle, () => runId),
  });
  runId = await bundle.start({ service, devices });
  await driver.untilEnded(runId);
  const ended = new Set(await seen.ended);
  const twice = works.slice(seen.worksBefore).filter((work) => ended.has(work));
  return { outcome: await outcomeOf(set, runId), works, write: seen.write, twice };
}

/** Lets somebody die at his first write, his second and so on, until the run passes untouched. Gives the number of writes. */
async function sweep(service: string, devices: readonly string[], end: Omit<Death, 'diesAt'>): Promise<number> {
  const untouched = await play(service, devices);
  for (let diesAt = 1; ; diesAt += 1) {
    const played = await play(service, devices, { ...end, diesAt });
    if (played.write === null) return diesAt - 1;
    const where = `${end.who} ${end.moment} write ${diesAt}, ${played.write}`;
    expect({ where, ...played.outcome, twice: played.twice }).toEqual({ where, ...untouched.outcome, twice: [] });
    expect({ where, works: [...new Set(played.works)].sort() }).toEqual({ where, works: [...untouched.works].sort() });
    expect(played.works.length - untouched.works.length).toBeLessThanOrEqual(devices.length || 1);
  }
}

describe('a workflow', () => {
  it('goes through its steps, each once, on one slot that its children need too', async () => {
    const { outcome, works, twice } = await play('once', []);
    expect(outcome).toMatchObject({
      state: 'succeeded',
      runs: ['child succeeded', 'detached succeeded', 'each-child succeeded', 'each-child succeeded', 'once succeeded'],
      results: [['', 'succeeded', null, '{"token":"t-1","by":"ada"}']],
      steps: {
        ' look': { vars: { version: '16' } },
        ' which': { branch: 'then' },
        ' odd': { state: 'failed', error: { code: 'EXPRESSION_INVALID' } },
        ' fire': { result: '{"runId":"<run>"}' },
      },
    });
    expect(outcome.steps).not.toHaveProperty(' never');
    expect(works).toHaveLength(9);
    expect(twice).toEqual([]);
  });
});

describe.each(['before', 'after'] as const)('a process that dies %s a write arrived', (moment) => {
  it.each([
    ['worker', 'once', [], 50],
    ['worker', 'per-device', ['d1', 'd2'], 30],
    ['gateway', 'once', [], 20],
    ['gateway', 'per-device', ['d1', 'd2'], 8],
  ] as const)(
    'is followed by another one, be it a %s of a workflow that runs %s: the end is the same, and nothing is done twice',
    async (who, service, devices, writesMin) => {
      expect(await sweep(service, devices, { who, moment })).toBeGreaterThanOrEqual(writesMin);
    },
    SWEEP_MS,
  );
});

describe('a write that Redis refuses once', () => {
  // Results of devices are not among them: those are tried again by themselves.
  const writes = ['write', 'change', 'addStep', 'addSlices', 'join', 'accept', 'claim'];

  it.each([
    ['worker', 'once', [], 30],
    ['worker', 'per-device', ['d1', 'd2'], 15],
    ['gateway', 'once', [], 20],
  ] as const)(
    'is no failure of the step: the %s of a workflow that runs %s comes to the same end',
    async (who, service, devices, writesMin) => {
      expect(await sweep(service, devices, { who, moment: 'refused', writes })).toBeGreaterThanOrEqual(writesMin);
    },
    SWEEP_MS,
  );
});
