import { describe, expect, it } from '@jest/globals';
import { signMessage } from './sign-message.ts';

describe('signMessage', () => {
  it('is the HMAC of time and body, as openssl makes it', () => {
    // printf '1763700000.{"a":1}' | openssl dgst -sha256 -hmac 'a secret'
    expect(signMessage('a secret', 1_763_700_000_999, '{"a":1}')).toBe(
      't=1763700000,v1=42bbe1c53ab58e135de9a918ccf0005d6ccfab9187a8580e1b34e30ea5b741f9',
    );
  });
});
