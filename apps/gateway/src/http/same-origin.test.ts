import { describe, expect, it } from '@jest/globals';
import type { Request } from 'express';
import { checkOrigin } from './same-origin.ts';

const check = (method: string, origin: string | undefined) => () =>
  checkOrigin({ method, headers: { origin }, host: 'runyard:3000' } as unknown as Request);

describe('a change that a browser sends', () => {
  it('is taken from programs and from our own pages', () => {
    expect(check('POST', undefined)).not.toThrow();
    expect(check('POST', 'http://runyard:3000')).not.toThrow();
    expect(check('GET', 'https://evil.example')).not.toThrow();
  });

  it.each(['https://evil.example', 'http://runyard:3001', 'null', 'http://'])('is refused from %s', (origin) => {
    expect(check('POST', origin)).toThrow(expect.objectContaining({ code: 'PERMISSION_DENIED' }));
  });
});
