import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { closeRedis, connectRedis, type RedisConnection } from '@runyard/redis';
import {
  type Installation,
  MemoryLog,
  needs,
  redisContents,
  startInstallation,
  startTestRedis,
  tempFolder,
  type TempFolder,
  type TestRedis,
  untilEnded,
} from '@runyard/testkit';

/** What must be found nowhere: unlike anything else, and long enough to be masked. */
const SECRET = 'planted-Sekret-7f3a91';
const PASSWORD = 'planted-Passw0rd-c2d8';

let redis: TestRedis;
let connection: RedisConnection;
let folder: TempFolder;
let runyard: Installation | undefined;
const keys = [randomBytes(32), randomBytes(32)].map((key) => key.toString('base64'));

beforeEach(async () => {
  redis = await startTestRedis();
  connection = await connectRedis({ url: redis.url }, 'request', new MemoryLog());
  folder = await tempFolder('runyard-planted-');
});
afterEach(async () => {
  await runyard?.stop();
  runyard = undefined;
  await closeRedis(connection);
  await redis.stop();
  await folder.remove();
});

async function start(env: Readonly<Record<string, string>>): Promise<Installation> {
  await runyard?.stop();
  runyard = await startInstallation({ redis, workers: ['default'], env: { RUNYARD_LOG_LEVEL: 'debug', ...env } });
  return runyard;
}

const CATALOG = {
  secrets: [{ name: 'api-token', value: SECRET }],
  credentials: [{ name: 'lab', username: 'robot', password: PASSWORD, token: { secret: 'api-token' } }],
  devices: [{ name: 'd1', address: '127.0.0.1', credential: 'lab' }],
  services: [
    {
      name: 'leak',
      type: 'executable',
      filename: 'sh',
      args: [
        '-c',
        'echo "out $TOKEN $RUNYARD_PASSWORD"; echo "err $TOKEN" >&2; exit ${1:-0}',
        'sh',
        '{{ params.code }}',
      ],
      passParams: false,
      passCredential: true,
      secrets: [{ name: 'api-token', target: 'TOKEN' }],
    },
  ],
};

/** Everything that Redis holds, as text, also what is in there compressed. */
async function everythingInRedis(): Promise<string> {
  const texts: string[] = [];
  for await (const { content } of redisContents(connection)) texts.push(content.toString('utf8'));
  return texts.join('\n');
}

/** The forms in which a value could have slipped out. */
function formsOf(value: string): string[] {
  const bytes = Buffer.from(value);
  return [value, bytes.toString('base64').slice(0, -4), bytes.toString('hex'), JSON.stringify(value).slice(1, -1)];
}

function expectNothingOf(text: string, place: string): void {
  const found = [SECRET, PASSWORD].flatMap(formsOf).filter((form) => text.includes(form));
  expect({ place, found }).toEqual({ place, found: [] });
}

/** Every answer that has to do with the run or the catalog. */
async function answersOf(installation: Installation, runIds: readonly string[]): Promise<string[]> {
  const answers: string[] = [];
  const ask = async (path: string, body?: unknown, init?: Parameters<Installation['call']>[2]): Promise<void> => {
    const answer = await installation.call(path, body, init);
    answers.push(`${path} ${JSON.stringify([...answer.headers])} ${await answer.text()}`);
  };
  for (const id of runIds) {
    for (const rest of ['', '/devices', '/devices/d1', '/log', '/why', '/events']) await ask(`/v1/runs/${id}${rest}`);
    await ask(`/operations-manager/jobs/${id}`);
  }
  for (const path of ['secrets', 'secrets/api-token', 'credentials', 'credentials/lab', 'services', 'services/leak']) {
    await ask(`/v1/${path}`);
  }
  for (const path of ['/v1/catalog/export', '/v1/audit', '/v1/runs', '/v1/workers', '/metrics', '/openapi.json']) {
    await ask(path);
  }
  await ask('/rest/run_service', { name: 'leak', devices: ['d1'], async: false });
  await ask('/gateway_manager/v1/services/run', { serviceName: 'leak', clusterId: 'default', params: {} });
  await ask('/gateway_manager/v1/services');
  // Answers to what is wrong must not repeat it.
  const put = (json: unknown) => ({ method: 'PUT', body: JSON.stringify(json) });
  await ask('/v1/secrets/bad', {}, put({ name: 'bad', value: SECRET, extra: PASSWORD }));
  await ask('/v1/secrets/bad', {}, put({ name: 'bad', value: [SECRET] }));
  await ask('/v1/credentials/bad', {}, put({ name: 'bad', password: { scret: SECRET } }));
  await ask('/v1/catalog/apply', { catalog: { secrets: [{ name: 'bad', value: { kept: SECRET } }] } });
  const yaml = { method: 'POST', headers: { 'content-type': 'application/yaml' } };
  await ask('/v1/catalog/import', undefined, {
    ...yaml,
    body: `secrets:\n- name: bad\n  value: [${SECRET}, "${PASSWORD}\n`,
  });
  await ask('/v1/catalog/import', undefined, { ...yaml, body: `secrets: [{name: bad, value: ["${SECRET}"]}]` });
  return answers;
}

const run = async ({ client }: Installation, code: number): Promise<[string, string]> => {
  const { id } = await client.runs.create({ service: 'leak', devices: ['d1'], params: { code } });
  return [id, await untilEnded(client, id)];
};

needs(describe, 'redis-server')('a planted secret', () => {
  it('is in no key of Redis, no line of a log and no answer, though a program prints it', async () => {
    const installation = await start({ RUNYARD_SECRET_KEY: keys[0] ?? '' });
    await installation.client.catalog.apply({ catalog: CATALOG });
    const [good, goodState] = await run(installation, 0);
    const [bad, badState] = await run(installation, 3);
    expect([goodState, badState]).toEqual(['succeeded', 'failed']);
    // The program did have them, or there would be nothing to find.
    const output = await (await installation.call(`/v1/runs/${good}/devices/d1`)).text();
    expect(output).toMatch(/out \*+ \*+/);

    for (const answer of await answersOf(installation, [good, bad])) expectNothingOf(answer, answer.slice(0, 40));
    expectNothingOf(await everythingInRedis(), 'Redis');
    const logs = [...installation.gateways.map(({ process }) => process), ...installation.workers];
    for (const { lines } of logs) expectNothingOf(lines.join('\n'), 'log');
    expect(logs.every(({ lines }) => lines.length > 0)).toBe(true);
  });

  it('would be found if it were there', async () => {
    await connection.hset('somewhere', 'deep', deflateRawSync(Buffer.from(`x${SECRET}x`)));
    expect(await everythingInRedis()).toContain(SECRET);
  });

  it('would keep an installation from stopping well if it were in one', async () => {
    const installation = await start({ RUNYARD_SECRET_KEY: keys[0] ?? '' });
    await installation.client.catalog.apply({
      catalog: { services: [{ name: 'leak', type: 'no-op', runMethod: 'once', result: '{{ params.leaked }}' }] },
    });
    const leaked = `leaked-${randomBytes(8).toString('hex')}`;
    installation.plantSecret('what the test planted', leaked);
    const { id } = await installation.client.runs.create({ service: 'leak', params: { leaked } });
    await untilEnded(installation.client, id);
    expect((await installation.client.runs.device(id, '')).result).toBe(leaked);
    runyard = undefined;
    const failure = await installation.stop().catch((error: unknown) => String(error));
    expect(failure).toMatch(/what the test planted in the Redis key runyard:\S+/);
    expect(failure).toContain(`what the test planted in the answer to GET /v1/runs/${id}/devices/-`);
    expect(failure).not.toContain(leaked);
  });

  it('is opened with the newer key alone once it was sealed anew', async () => {
    const [older = '', newer = ''] = keys;
    const before = await start({ RUNYARD_SECRET_KEY: older });
    await before.client.catalog.apply({ catalog: CATALOG });
    const oldFile = join(folder.path, 'old.key');
    writeFileSync(oldFile, `${older}\n`);
    const between = await start({ RUNYARD_SECRET_KEY: newer, RUNYARD_SECRET_KEY_OLD_FILES: oldFile });
    expect((await run(between, 0))[1]).toBe('succeeded');
    const rotated = await between.client.catalog.rotateSecrets();
    expect(rotated).toEqual({ resealed: 2, current: 0, unreadable: [], complete: true });
    const after = await start({ RUNYARD_SECRET_KEY: newer });
    expect((await run(after, 0))[1]).toBe('succeeded');
    expectNothingOf(await everythingInRedis(), 'Redis');
    const stranger = await start({ RUNYARD_SECRET_KEY: older });
    expect((await run(stranger, 0))[1]).toBe('failed');
    expect(await stranger.client.catalog.rotateSecrets()).toMatchObject({
      resealed: 0,
      unreadable: ['secret api-token', 'credential lab'],
    });
  });
});
