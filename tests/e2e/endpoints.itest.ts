import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { contentOf, readCatalog } from '@runyard/catalog';
import { type Installation, needs, startInstallation } from '@runyard/testkit';

const EXAMPLES = path.resolve(import.meta.dirname, '../../examples/catalog/services.yaml');
const TITLE = { name: 'title', type: 'string', required: true } as const;

let runyard: Installation;
let urls: readonly string[];

beforeAll(async () => {
  const env = { RUNYARD_ANONYMOUS_ACCOUNT: 'guest', RUNYARD_TRUSTED_PROXIES: 'loopback' };
  runyard = await startInstallation({ workers: ['ams'], env });
  await runyard.startGateway();
  urls = runyard.gateways.map(({ url }) => url);
  const { documents, problems } = await readCatalog([EXAMPLES], { env: {} });
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  const { services = [] } = contentOf(documents);
  const greet = services.filter(({ name }) => name === 'greet');
  await runyard.client.catalog.apply({
    catalog: {
      clusters: [{ name: 'ams' }],
      devices: ['d1', 'd2'].map((name) => ({ name, address: '127.0.0.1', cluster: 'ams' })),
      pools: [{ name: 'core', devices: ['d1'] }],
      serviceAccounts: [
        { name: 'guest', roles: ['operator'] },
        { name: 'sa_names', roles: ['operator'] },
      ],
      services: [
        ...greet,
        {
          name: 'Device names',
          type: 'no-op',
          targets: { devices: ['d1', 'd2'] },
          result: '{{ device.name }} {{ params.title }}',
          validate: { not: true, contains: 'd2 fails' },
          endpoints: [{ name: 'list', parameters: [TITLE], runAs: 'sa_names' }],
        },
        {
          name: 'counted',
          type: 'no-op',
          runMethod: 'once',
          cluster: 'ams',
          allowUnauthenticated: true,
          rateLimit: { requests: 3, per: '1h' },
          endpoints: [{ name: 'e', async: true }],
        },
      ],
    },
  });
}, 60_000);
afterAll(async () => {
  await runyard.stop();
});

interface Answer {
  readonly runId: string;
  readonly state: string;
  readonly result: unknown;
  readonly code: string;
  readonly error: { readonly code: string; readonly device: string };
}

async function answerOf(answering: Promise<Response>): Promise<Answer & { readonly status: number }> {
  const response = await answering;
  return { ...((await response.json()) as Answer), status: response.status };
}

needs(describe, 'redis-server')('an endpoint of a service', () => {
  it('answers with what its run gave', async () => {
    const greeted = await answerOf(runyard.call('/api/services/greet/hello?name=Ada&greeting=Hej'));
    expect(greeted).toMatchObject({ status: 200, state: 'succeeded', result: 'Hej, Ada!' });
    const posted = await answerOf(runyard.call('/api/services/greet/hello?name=Ada', {}));
    expect(posted.result).toBe('Hello, Ada!');
  });

  it('runs on the devices of its service, as its account', async () => {
    const { result, runId } = await answerOf(runyard.call('/api/services/device-names/list?title=works'));
    expect(result).toEqual({ d1: 'd1 works', d2: 'd2 works' });
    const run = (await (await runyard.call(`/v1/runs/${runId}`)).json()) as Record<string, unknown>;
    expect(run).toMatchObject({ door: 'endpoint', actor: 'admin', principal: 'sa_names' });
  });

  it('says what went wrong on the first device that failed', async () => {
    const failed = await answerOf(runyard.call('/api/services/device-names/list?title=fails'));
    expect(failed).toMatchObject({ status: 502, code: 'RUN_FAILED', state: 'failed' });
    expect(failed.error).toMatchObject({ code: 'VALIDATION_FAILED', device: 'd2' });
  });

  it('counts the calls of each client over all gateways, also of those without credentials', async () => {
    const call = (url: string | undefined, client: string) =>
      fetch(`${url}/api/services/counted/e`, { headers: { 'x-forwarded-for': client } });
    const answers = await Promise.all([0, 1, 0, 1, 0, 1, 0, 1].map((index) => call(urls[index], '192.0.2.1')));
    const statuses = answers.map(({ status }) => status).sort((a, b) => a - b);
    expect(statuses).toEqual([202, 202, 202, 429, 429, 429, 429, 429]);
    const refused = answers.find(({ status }) => status === 429);
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(60);
    const { status, headers } = await call(urls[1], '192.0.2.2');
    expect(status).toBe(202);
    const run = (await (await runyard.call(headers.get('location') ?? '')).json()) as Record<string, unknown>;
    expect(run).toMatchObject({ principal: 'guest', actor: 'guest' });
  });
});
