import { describe, expect, it } from '@jest/globals';
import type { JsonObject, Task, TaskOutcome } from '@runyard/domain';
import { createNoOp } from './no-op.ts';

const noOp = createNoOp();
function run(settings: JsonObject, signal = new AbortController().signal): Promise<TaskOutcome> {
  const render = (template: string): string => template.replace('{{ device.name }}', 'r1').replace('{{ yes }}', 'true');
  return noOp.run({ service: { settings }, signal, render } as unknown as Task);
}

describe('the type no-op', () => {
  it('answers ok', async () => {
    expect(await run({})).toEqual({ success: true, result: 'ok' });
  });

  it('answers with a rendered text or any other value', async () => {
    expect(await run({ result: 'I am {{ device.name }}' })).toEqual({ success: true, result: 'I am r1' });
    expect(await run({ result: { list: [1, null] } })).toEqual({ success: true, result: { list: [1, null] } });
    expect(await run({ result: null })).toEqual({ success: true, result: null });
  });

  it.each([
    [true, false],
    ['{{ yes }}', false],
    ['Yes', false],
    ['1', false],
    [false, true],
    ['', true],
    ['no', true],
    ['truely', true],
  ])('with fail %j has success %j', async (fail, success) => {
    const outcome = await run({ fail, result: 'x' });
    expect(outcome).toMatchObject({ success, result: 'x' });
    expect(outcome.error?.code).toBe(success ? undefined : 'COMMAND_FAILED');
  });

  it('ends its delay when the signal fires', async () => {
    const stop = new AbortController();
    const running = run({ delayMs: 3_600_000 }, stop.signal);
    stop.abort();
    await expect(running).rejects.toMatchObject({ code: 'RUN_CANCELLED' });
    await expect(run({ delayMs: 3_600_000 }, stop.signal)).rejects.toMatchObject({ code: 'RUN_CANCELLED' });
  });

  it('answers after its delay', async () => {
    expect(await run({ delayMs: 1 })).toEqual({ success: true, result: 'ok' });
  });
});
