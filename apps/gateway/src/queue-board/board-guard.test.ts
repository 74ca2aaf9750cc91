import { appRoutes } from '@bull-board/api/dist/routes.js';
import { describe, expect, it } from '@jest/globals';
import type { Principal } from '@runyard/domain';
import { checkBoardCall } from './board-guard.ts';

const administrator: Principal = { name: 'ada', kind: 'user', roles: ['administrator'], credentialId: 'password' };
const operator: Principal = { ...administrator, name: 'olga', roles: ['operator'] };
const JOB = '0123456789abcdef01234567-3';

/** Every address of the board that changes something, with a job of ours in it. */
const CHANGES = appRoutes.api
  .flatMap(({ method, route }) =>
    [method]
      .flat()
      .flatMap((one) => [route].flat().map((path) => ({ method: one.toUpperCase(), route: String(path) }))),
  )
  .filter(({ method }) => method !== 'GET')
  .map(({ method, route }) => ({
    method,
    path: route.replace(':queueName', 'ams').replace(':jobId', JOB).replace(/:\w+/g, 'failed'),
  }));

const isAllowed = (method: string, path: string, principal: Principal): boolean => {
  try {
    checkBoardCall({ method, path, jobsPerPage: undefined }, principal);
    return true;
  } catch {
    return false;
  }
};

describe('the guard of the queue board', () => {
  it('lets an administrator act on one job, and nobody on more than that', () => {
    const allowed = CHANGES.filter(({ method, path }) => isAllowed(method, path, administrator));
    expect(allowed.map(({ path }) => path)).toEqual([
      `/api/queues/ams/${JOB}/retry`,
      `/api/queues/ams/${JOB}/clean`,
      `/api/queues/ams/${JOB}/promote`,
    ]);
    expect(CHANGES.length).toBeGreaterThan(20);
  });

  it('lets an operator change nothing', () => {
    expect(CHANGES.filter(({ method, path }) => isAllowed(method, path, operator))).toEqual([]);
  });

  it.each([
    ['PUT', '/api/queues/ams/clean/retry'],
    ['PUT', '/api/queues/ams/empty'],
    ['PUT', `/api/queues/ams%2f${JOB}/retry/../empty`],
    ['PUT', `/api/queues/ams/${JOB}/retry/`],
    ['POST', `/api/queues/ams/${JOB}/retry`],
    ['DELETE', '/api/queues/ams'],
    ['OPTIONS', '/api/queues'],
  ])('refuses %s %s', (method, path) => {
    expect(isAllowed(method, path, administrator)).toBe(false);
  });

  it('lets both look', () => {
    for (const principal of [administrator, operator]) expect(isAllowed('GET', '/api/queues', principal)).toBe(true);
  });

  it.each(['101', 'x', '-1', ['1', '2']])('refuses a page of %p jobs', (jobsPerPage) => {
    expect(() => checkBoardCall({ method: 'GET', path: '/api/queues', jobsPerPage }, operator)).toThrow('at most 100');
  });
});
