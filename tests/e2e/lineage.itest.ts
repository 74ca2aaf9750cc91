import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RunAnswer } from '@runyard/contracts';
import { type Installation, needs, startInstallation, untilEnded } from '@runyard/testkit';

let runyard: Installation;

/** A service that runs another one by a call to the gateway. */
function calling(name: string, service: string) {
  const { url } = runyard.gateways[0] ?? {};
  return {
    name,
    type: 'http-request',
    runMethod: 'once',
    cluster: 'ams',
    url: `${url}/v1/runs`,
    method: 'POST',
    auth: 'basic',
    credential: 'caller',
    json: { service },
    expectedStatus: ['2xx', 409],
    parse: 'json',
  } as const;
}

interface CallAnswer {
  readonly id: string;
  readonly code: string;
  readonly detail: string;
}

/** What the gateway answered to the call that the run made. */
async function answerOf(service: string): Promise<{ readonly runId: string; readonly answer: CallAnswer }> {
  const { id: runId } = await runyard.client.runs.create({ service });
  expect(await untilEnded(runyard.client, runId)).toBe('succeeded');
  const { result } = await runyard.client.runs.device(runId, '');
  return { runId, answer: result as unknown as CallAnswer };
}

const runOf = async (id: string): Promise<RunAnswer> =>
  (await (await runyard.call(`/v1/runs/${id}`)).json()) as RunAnswer;

needs(describe, 'redis-server')('a run that calls the gateway over HTTP', () => {
  beforeAll(async () => {
    runyard = await startInstallation({ env: { RUNYARD_HTTP_ALLOW_CIDRS: '127.0.0.1/32' } });
    await runyard.startWorker('ams', { RUNYARD_GATEWAY_URLS: runyard.gateways[0]?.url ?? '' });
    await runyard.startWorker('fra');
    await runyard.client.catalog.apply({
      catalog: {
        clusters: [{ name: 'ams' }, { name: 'fra' }],
        credentials: [{ name: 'caller', ...runyard.user }],
        services: [
          { name: 'called', type: 'no-op', runMethod: 'once', cluster: 'ams' },
          calling('caller', 'called'),
          calling('itself', 'itself'),
          { ...calling('stranger', 'called'), cluster: 'fra' },
        ],
      },
    });
  }, 60_000);
  afterAll(() => runyard.stop());

  it('has the run that it asked for below it', async () => {
    const { runId, answer } = await answerOf('caller');
    expect(await runOf(answer.id)).toMatchObject({ service: 'called', parentRunId: runId, rootRunId: runId });
  });

  it('cannot come back to itself that way', async () => {
    const { answer } = await answerOf('itself');
    expect(answer).toMatchObject({ code: 'RUN_CYCLE', detail: expect.stringContaining('itself → itself') });
  });

  it('is not believed when somebody else signed it', async () => {
    const { id } = await runyard.client.runs.create({ service: 'called' });
    const claim = Buffer.from(JSON.stringify({ run: id, step: '', exp: Date.now() + 60_000 })).toString('base64url');
    const forged = `v1.${claim}.${Buffer.alloc(32).toString('base64url')}`;
    const answer = await runyard.call('/v1/runs', { service: 'called' }, { headers: { 'x-runyard-lineage': forged } });
    expect(await runOf(((await answer.json()) as CallAnswer).id)).not.toHaveProperty('parentRunId');
  });

  it('is announced as one that is not recognized by a worker that knows no address as ours', () => {
    const warnings = runyard.workers.map(({ lines }) => lines.filter((line) => line.includes('RUNYARD_GATEWAY_URLS')));
    expect(warnings).toEqual([[], [expect.stringMatching(/"level":"warn".*loops/)]]);
  });

  it('is a caller from outside for a worker that does not know the address as ours', async () => {
    const { answer } = await answerOf('stranger');
    expect(await runOf(answer.id)).not.toHaveProperty('parentRunId');
  });
});
