import { describe, expect, it } from '@jest/globals';
import { processEnvironment } from './environment.ts';

describe('processEnvironment', () => {
  it('takes nothing from the worker but the allow-list', () => {
    const inherited = {
      PATH: '/opt/bin',
      LC_ALL: 'de_DE',
      RUNYARD_SECRET_KEY: 'secret',
      HOME: '/root',
      LD_PRELOAD: 'x',
    };
    expect(processEnvironment({ inherited, home: '/run/1', temporary: '/run/1/tmp' })).toEqual({
      PATH: '/opt/bin',
      LANG: 'C.UTF-8',
      LC_ALL: 'de_DE',
      HOME: '/run/1',
      TMPDIR: '/run/1/tmp',
    });
  });

  it('has a PATH of its own when the worker has none', () => {
    expect(processEnvironment({})['PATH']).toMatch(/^\/usr\/local\/sbin:.*:\/bin$/);
  });

  it('lets the given names win', () => {
    expect(processEnvironment({ given: { PATH: '/a', __proto__x: 'y', gone: undefined } })).toEqual({
      PATH: '/a',
      LANG: 'C.UTF-8',
      __proto__x: 'y',
    });
  });
});
