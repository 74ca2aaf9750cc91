import { describe, expect, it } from '@jest/globals';
import { ClientError, createClient } from '@runyard/client';
import type { WorkerAnswer } from '@runyard/contracts';
import { checkGateway, judgeClock, judgeWorkers } from './check-gateway.ts';
import { checkNode, checkPrograms, checkRedisServer } from './check-programs.ts';
import { judgeRedis } from './check-redis.ts';
import { compareVersions } from './check.ts';

describe('compareVersions', () => {
  it.each([
    ['7.0.15', '6.2', 1],
    ['6.2', '6.2.0', 0],
    ['20.9.0', '20.19', -1],
  ])('%s against %s is %d', (a, b, sign) => {
    expect(compareVersions(a, b)).toBe(sign);
  });
});

describe('checkNode', () => {
  it.each([
    ['18.20.0', 'problem'],
    ['20.18.9', 'problem'],
    ['20.19.0', 'warning'],
    ['24.1.0', 'ok'],
  ])('finds %s to be a %s', (version, level) => {
    expect(checkNode(version).level).toBe(level);
  });
});

describe('checkRedisServer', () => {
  it('warns without a server and says how to install one', async () => {
    expect(await checkRedisServer('/nowhere', async () => undefined)).toMatchObject({
      level: 'warning',
      advice: expect.stringContaining('nstall'),
    });
  });
});

describe('checkPrograms', () => {
  it('takes the first name that answers, and only warns about what is missing', async () => {
    const findings = await checkPrograms(async (program) => (program === 'terraform' ? 'Terraform v1' : undefined));

    expect(findings.find(({ title }) => title.includes('Terraform'))).toMatchObject({
      level: 'ok',
      detail: 'Terraform v1',
    });
    expect(findings.filter(({ level }) => level === 'warning')).toHaveLength(findings.length - 1);
  });
});

describe('judgeRedis', () => {
  const levels = (facts: Parameters<typeof judgeRedis>[0]): string[] => judgeRedis(facts).map(({ level }) => level);

  it('is content with a Redis that keeps everything', () => {
    expect(levels({ version: '7.0.15', policy: 'noeviction', appendOnly: 'yes' })).toEqual(['ok', 'ok', 'ok']);
  });

  it('finds old versions and eviction to be problems and no file a warning', () => {
    expect(levels({ version: '5.0', policy: 'allkeys-lru', appendOnly: 'no' })).toEqual([
      'problem',
      'problem',
      'warning',
    ]);
  });

  it('warns when it may not look', () => {
    expect(levels({ version: '7.2', policy: undefined, appendOnly: undefined })).toEqual(['ok', 'warning']);
  });
});

describe('judgeWorkers', () => {
  const worker = (cluster: string, draining = false) => ({ cluster, draining }) as WorkerAnswer;

  it('finds no worker to be a problem', () => {
    expect(judgeWorkers([])).toMatchObject([{ level: 'problem' }]);
  });

  it('judges each cluster by itself', () => {
    expect(judgeWorkers([worker('fra', true), worker('ams'), worker('ams')])).toMatchObject([
      { level: 'ok', title: 'Workers of ams', detail: '2 ready' },
      { level: 'warning', title: 'Workers of fra' },
    ]);
  });
});

describe('judgeClock', () => {
  it('allows for what the answer cannot tell', () => {
    expect(judgeClock(-1_900).level).toBe('ok');
    expect(judgeClock(-10_000)).toMatchObject({
      level: 'warning',
      detail: 'the gateway is 10.0 s behind this machine',
    });
    expect(judgeClock(10_000).detail).toContain('ahead of');
    expect(judgeClock(null).level).toBe('warning');
  });
});

describe('checkGateway', () => {
  it('stops at the first problem: a gateway that is not there has no workers to look at', async () => {
    const client = createClient({
      url: 'http://nowhere',
      fetch: async () => {
        throw new ClientError({ code: 'UNREACHABLE', status: 0, detail: 'no' });
      },
      sleep: async () => {},
    });

    expect(await checkGateway(client, 'http://nowhere')).toMatchObject([{ level: 'problem', title: 'Gateway' }]);
  });
});
