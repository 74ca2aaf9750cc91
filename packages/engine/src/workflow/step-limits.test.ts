import { describe, expect, it } from '@jest/globals';
import type { JsonObject, JsonValue, WorkflowStep } from '@runyard/domain';
import { engineBundle, putDevice, putService, RunDriver, sampleDevice, sampleService } from '@runyard/testkit';
import { forEach, markOf, runService, workflowService, workStep } from '../../test/workflow-samples.ts';

/** The limit of an output in the engine of these tests. */
const LIMIT = 10_000;
const LARGE = { text: 'x'.repeat(LIMIT) };
const DEVICES = Array.from({ length: 30 }, (_, index) => `d${index}`);

/** A run of the workflow whose work gives this. */
async function ran(steps: readonly WorkflowStep[], given: JsonValue, params: JsonObject = {}) {
  const works: string[] = [];
  const bundle = engineBundle({
    work: ({ service }) => {
      works.push(markOf(service));
      return { success: true, result: given };
    },
  });
  await bundle.put(
    ...DEVICES.map((name) => putDevice(sampleDevice(name))),
    putService(workflowService('flow', steps)),
    putService(sampleService('once', { type: 'test', runMethod: 'once', settings: { mark: 'once' } })),
    putService(sampleService('many', { type: 'test', settings: { mark: 'many' } })),
  );
  const id = await bundle.start({ service: 'flow', params });
  await new RunDriver(bundle).untilEnded(id);
  const { items } = await bundle.steps.list(id, null, 1_000);
  const record = (step: string) => items.find((row) => row.step === step)?.record;
  return { works, record, result: (await bundle.runs.device(id, ''))?.result, records: items };
}

const failure = (message: string) => ({
  state: 'failed',
  error: { code: 'OUTPUT_TOO_LARGE', message: expect.stringContaining(message) },
});

describe('a step whose result is larger than an output may be', () => {
  it.each<[string, WorkflowStep]>([
    ['that works', workStep('step')],
    ['that runs a service', runService('step', { service: 'once' })],
    ['that runs a service on devices', runService('step', { service: 'many', devices: DEVICES })],
  ])('%s has it cut to a text, with the mark', async (_, step) => {
    const { record } = await ran([step], LARGE);
    expect(record('step')).toMatchObject({ state: 'succeeded', result: expect.stringContaining('[output cut:') });
  });

  it.each<[string, WorkflowStep]>([
    ['that works', workStep('step')],
    ['that runs a service', runService('step', { service: 'once' })],
    ['that runs a service on devices', runService('step', { service: 'many', devices: DEVICES })],
  ])('%s fails when something is to be taken from it', async (_, step) => {
    const { record, result } = await ran([{ ...step, result: { text: 'text' } }, workStep('after')], LARGE);
    expect(record('step')).toMatchObject(failure("The result of the step 'step' has more than 10000 bytes"));
    expect(record('step')?.vars).toBeUndefined();
    expect(result?.error?.code).toBe('OUTPUT_TOO_LARGE');
    expect(record('after')).toBeUndefined();
  });

  it('is read of no more devices than it has room for', async () => {
    const { record } = await ran([runService('step', { service: 'many', devices: DEVICES })], 'y'.repeat(4_000));
    const text = JSON.stringify(record('step')?.result);
    expect(text).not.toContain('d29');
    expect(text.length).toBeLessThan(LIMIT + 200);
  });
});

describe('what a step keeps', () => {
  const text = 'z'.repeat(3_000);

  it('is the list of a for-each as a whole: nothing more is done when it is too large', async () => {
    const { works, record } = await ran([forEach('each', '[1..20]', workStep('one'))], text);
    expect(record('each')).toMatchObject(failure("The list of the results of 'each', up to each[3],"));
    expect(works).toHaveLength(4);
  });

  it('are the values of a for-each: nothing is done when they are too large', async () => {
    const { works, record } = await ran([forEach('each', '[1..20].($$.params.text)', workStep('one'))], 'ok', { text });
    expect(record('each')).toMatchObject(failure("The list of the values of 'each'"));
    expect(works).toEqual([]);
  });

  it('is what its result gives', async () => {
    const result = { all: '[$, $, $, $]' };
    const { record } = await ran([workStep('step', { result })], text);
    expect(record('step')).toMatchObject({ ...failure("What `result` of the step 'step' gives"), result: text });
    expect(record('step')?.vars).toBeUndefined();
  });

  it('is what it gives to its run, which is not started when that is too large', async () => {
    const params = { list: ['{{ params.text }}', '{{ params.text }}', '{{ params.text }}', '{{ params.text }}'] };
    const { works, record } = await ran([runService('step', { service: 'once', params })], 'ok', { text });
    expect(record('step')).toMatchObject(failure("What the step 'step' gives to its run"));
    expect(works).toEqual([]);
  });

  it('is no more what it gave to its run when that is there', async () => {
    const step = runService('one', { service: 'once', params: { text: '{{ params.text }}' } });
    const { records, works } = await ran([forEach('each', '[1..5]', step)], 'ok', { text });
    expect(works).toHaveLength(5);
    expect(records.filter(({ record }) => record.request)).toEqual([]);
    expect(JSON.stringify(records).length).toBeLessThan(LIMIT);
  });
});
