import { describe, expect, it } from '@jest/globals';
import { processEnvironment } from './index.ts';

describe('processEnvironment', () => {
  it('is a copy of the variables of the process', () => {
    const environment = processEnvironment();
    expect(environment['PATH']).toBe(process.env['PATH']);
    (environment as Record<string, string>)['RUNYARD_COPY'] = 'x';
    expect(process.env['RUNYARD_COPY']).toBeUndefined();
  });
});
