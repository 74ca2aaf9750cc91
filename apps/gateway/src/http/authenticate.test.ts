import { describe, expect, it } from '@jest/globals';
import type { Principal } from '@runyard/domain';
import { MemoryCatalogStore, TestClock } from '@runyard/testkit';
import type { Request } from 'express';
import { createAuthenticate } from './authenticate.ts';

const ada: Principal = { name: 'ada', kind: 'user', roles: ['administrator'], credentialId: 'password' };

describe('who is let in', () => {
  it('is so under the revision of before, also when accounts change while he is looked at', async () => {
    let revision = 7;
    const clock = new TestClock();
    const authenticate = createAuthenticate({
      identity: {
        authenticate: async () => {
          revision += 1;
          return ada;
        },
      },
      identityRevision: () => revision,
      catalog: new MemoryCatalogStore(clock),
      clock,
    });
    const request = { headers: { authorization: 'Basic' }, url: '/' } as Request;
    expect(await authenticate(request)).toMatchObject({ principal: { name: 'ada' }, rightsRevision: '7:0' });
    expect(await authenticate(request)).toMatchObject({ principal: { name: 'ada' }, rightsRevision: '8:0' });
  });
});
