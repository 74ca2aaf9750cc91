import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '@runyard/testkit';
import { startGateway, type TestGateway } from './start-gateway.ts';

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await startGateway();
});
afterEach(() => gateway.stop());

const BODY = { service: 'show', devices: ['d1'] };
const run = (json: object, key: string, headers: Record<string, string> = {}) =>
  gateway.call('/v1/runs', { json, headers: { 'idempotency-key': key, ...headers } });
const runCount = async () => (await gateway.runs.list({}, null, 1_000)).items.length;

describe('Idempotency-Key on POST /v1/runs', () => {
  it('gives the first answer again, with the state of now', async () => {
    const first = await run(BODY, 'k');
    await gateway.work();
    const again = await run(BODY, 'k');
    expect([first.status, first.headers.get('idempotency-replayed')]).toEqual([202, null]);
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([202, 'true']);
    expect(again.json).toEqual({ ...first.json, state: 'succeeded' });
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
    expect(await runCount()).toBe(1);
  });

  it('waits for the first run when the repeated call prefers that', async () => {
    const { json } = await run(BODY, 'k');
    const answering = run(BODY, 'k', { prefer: 'wait=5' });
    await gateway.work();
    const answer = await answering;
    expect([answer.status, answer.json.id, answer.json.state]).toEqual([200, json.id, 'succeeded']);
    expect(answer.headers.get('idempotency-replayed')).toBe('true');
  });

  it('refuses another body under the key', async () => {
    await run(BODY, 'k');
    const answer = await run({ ...BODY, devices: ['d2'] }, 'k');
    expect([answer.status, answer.json.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(await runCount()).toBe(1);
  });

  it('starts one run for 200 calls at once with one key', async () => {
    const answers = await Promise.all(Array.from({ length: 200 }, () => run(BODY, 'k')));
    expect(await runCount()).toBe(1);
    const accepted = answers.filter(({ status }) => status === 202);
    expect(new Set(accepted.map(({ json }) => json.id)).size).toBe(1);
    const others = answers.filter(({ status }) => status !== 202);
    for (const { status, json, headers } of others) {
      expect([status, json.code, headers.get('retry-after')]).toEqual([409, 'IDEMPOTENCY_IN_FLIGHT', '1']);
    }
  });

  it('tells a call that comes while the first is under way to come back', async () => {
    const { runs } = gateway;
    const accept = runs.accept.bind(runs);
    let goOn = (): void => undefined;
    const held = new Promise<void>((resolve) => (goOn = resolve));
    runs.accept = (...args) => held.then(() => accept(...args));
    const answering = run(BODY, 'k');
    await waitFor(() => gateway.keys.size === 1);
    const early = await run(BODY, 'k');
    expect([early.status, early.json.code]).toEqual([409, 'IDEMPOTENCY_IN_FLIGHT']);
    expect(early.headers.get('retry-after')).toBe('1');
    goOn();
    const first = await answering;
    expect((await run(BODY, 'k')).json).toEqual(first.json);
  });

  it.each([
    ['a service that is not there', { service: 'nope' }, 404],
    ['an unknown device', { service: 'show', devices: ['zz'] }, 400],
    ['nothing to run on', { service: 'show' }, 400],
    ['a wrong body', { service: 'show', devices: 'd1' }, 400],
  ])('keeps no key of a call that is refused for %s', async (_title, body, status) => {
    expect((await run(body, 'k')).status).toBe(status);
    expect(gateway.keys.size).toBe(0);
    expect((await run(BODY, 'k')).status).toBe(202);
  });

  it.each([
    ['a space', 'a b'],
    ['more than 200 characters', 'x'.repeat(201)],
    ['nothing', ''],
    ['a character beyond ASCII', 'é'],
  ])('refuses a key of %s', async (_title, key) => {
    const answer = await run(BODY, key);
    expect([answer.status, answer.json.code]).toEqual([400, 'IDEMPOTENCY_KEY_INVALID']);
    expect(await runCount()).toBe(0);
  });

  it('takes a key of 200 visible characters', async () => {
    expect((await run(BODY, '~!'.repeat(100))).status).toBe(202);
  });

  it('stands in the OpenAPI document', async () => {
    const { json } = await gateway.call('/openapi.json', { login: null });
    const named = (path: string) =>
      json.paths[path].post.parameters.map((parameter: { name: string }) => parameter.name);
    expect(named('/v1/runs')).toContain('Idempotency-Key');
    expect(named('/rest/run_service')).toContain('Idempotency-Key');
  });
});

describe('Idempotency-Key on run_service', () => {
  const call = (json: object) => gateway.call('/rest/run_service', { json, headers: { 'idempotency-key': 'k' } });

  it('gives the same job again', async () => {
    const body = { name: 'show', devices: ['d1'], async: true };
    const first = await call(body);
    const again = await call(body);
    expect(again.json).toEqual(first.json);
    expect([first, again].map(({ headers }) => headers.get('idempotency-replayed'))).toEqual([null, 'true']);
    expect(await runCount()).toBe(1);
  });

  it('gives the same result again', async () => {
    const body = { name: 'show', devices: ['d1'] };
    const answering = call(body);
    await waitFor(() => gateway.queue.slices.size > 0);
    await gateway.work();
    expect((await call(body)).json).toEqual((await answering).json);
    expect(await runCount()).toBe(1);
  });

  it('refuses another body in the form of this API', async () => {
    await call({ name: 'show', devices: ['d1'], async: true });
    const answer = await call({ name: 'show', devices: ['d2'], async: true });
    expect([answer.status, answer.json.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    expect(answer.json.alert).toBe('Error 422 - The idempotency key was used for another call.');
  });

  it('keeps no key when a target is unknown', async () => {
    expect((await call({ name: 'show', devices: ['zz'] })).json).toEqual({
      errors: ["No device with the name 'zz'"],
    });
    expect(gateway.keys.size).toBe(0);
  });
});

describe('POST /v1/runs/{id}/rerun', () => {
  it('runs the devices again that failed', async () => {
    const { json: first } = await gateway.call('/v1/runs', { json: { service: 'show', devices: ['d1', 'd2'] } });
    const rerun = (json: object) => gateway.call(`/v1/runs/${first.id}/rerun`, { json });
    const early = await rerun({ only: 'failed' });
    expect([early.status, early.json.code]).toEqual([409, 'RUN_NOT_ENDED']);
    await gateway.work((device) => (device === 'd2' ? { state: 'failed' } : {}));
    const answer = await rerun({});
    expect([answer.status, answer.headers.get('location')]).toEqual([202, answer.json.links.self]);
    const { json: again } = await gateway.call(answer.json.links.self);
    expect(again).toMatchObject({ rerunOf: first.id, version: 1, counts: { total: 1 } });
    const all = await rerun({ only: 'all' });
    expect((await gateway.call(all.json.links.self)).json.counts.total).toBe(2);
  });

  it('refuses when nothing failed, another word than failed or all, and an unknown run', async () => {
    const { json } = await gateway.call('/v1/runs', { json: { service: 'show', devices: ['d1'] } });
    await gateway.work();
    const refusal = async (id: string, body: object) => {
      const answer = await gateway.call(`/v1/runs/${id}/rerun`, { json: body });
      return [answer.status, answer.json.code];
    };
    expect(await refusal(json.id, { only: 'failed' })).toEqual([400, 'TARGETS_EMPTY']);
    expect(await refusal(json.id, { only: 'some' })).toEqual([400, 'BODY_INVALID']);
    expect(await refusal('0'.repeat(24), { only: 'all' })).toEqual([404, 'RUN_NOT_FOUND']);
  });
});
