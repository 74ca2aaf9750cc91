import { describe, expect, it } from '@jest/globals';
import { AppError, ERRORS, isAppError } from './errors.ts';
import { problemType, toProblem } from './problem.ts';

describe('the register of errors', () => {
  it.each(Object.entries(ERRORS))(
    '%s has a code in capitals, an HTTP status of an error and a title',
    (code, { status, title }) => {
      expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(600);
      expect(title).toMatch(/^[A-Z].*[^.]$/);
    },
  );
});

describe('a problem document', () => {
  it('says what the error says', () => {
    const error = new AppError('RUN_NOT_FOUND', 'There is no run x.', { extensions: { runId: 'x' } });
    expect(toProblem(error, '/v1/runs/x', 'req-1')).toEqual({
      type: '/problems/run-not-found',
      title: 'No such run',
      status: 404,
      detail: 'There is no run x.',
      instance: '/v1/runs/x',
      code: 'RUN_NOT_FOUND',
      requestId: 'req-1',
      runId: 'x',
    });
  });

  it('leaks nothing of an error that is not in the register', () => {
    const problem = toProblem(new Error('password=hunter2'), '/', 'req-1');
    expect(problem.code).toBe('INTERNAL');
    expect(JSON.stringify(problem)).not.toContain('hunter2');
  });

  it('cannot be overwritten by its extensions', () => {
    const error = new AppError('RUN_ENDED', 'Too late.', { extensions: { status: 200, code: 'OK' } });
    expect(toProblem(error, '/', 'req-1')).toMatchObject({ status: 409, code: 'RUN_ENDED' });
  });

  it('has an address for each code', () => {
    expect(problemType('HOST_KEY_CHANGED')).toBe('/problems/host-key-changed');
  });
});

describe('isAppError', () => {
  it('knows errors of the register by their code and no others', () => {
    expect(isAppError(new AppError('INTERNAL', ''))).toBe(true);
    expect(isAppError(Object.assign(new Error(''), { code: 'ECONNRESET' }))).toBe(false);
  });
});
