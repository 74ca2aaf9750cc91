import { describe, expect, it } from '@jest/globals';
import { Argon2Passwords } from './argon2-passwords.ts';

describe('Argon2Passwords', () => {
  it('hashes with Argon2id, 19 MiB, two passes, one lane, and a new salt each time', async () => {
    const passwords = new Argon2Passwords();
    const [first, second] = await Promise.all([passwords.hash('pw'), passwords.hash('pw')]);
    expect(first).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
    expect(second).not.toBe(first);
    await expect(passwords.verify(first, 'pw')).resolves.toBe(true);
    await expect(passwords.verify(second, 'pw')).resolves.toBe(true);
    await expect(passwords.verify(first, 'PW')).resolves.toBe(false);
  });

  it('does the work of a hash for nobody too, so that names cannot be told apart by the time', async () => {
    const passwords = new Argon2Passwords({ concurrency: 1, waitingMax: 0 });
    const answers = await Promise.allSettled([passwords.verify(null, 'wrong'), passwords.hash('pw')]);
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    await expect(passwords.verify(null, '')).resolves.toBe(false);
  });

  it('turns away who comes when too many wait, and takes callers again later', async () => {
    const passwords = new Argon2Passwords({ concurrency: 1, waitingMax: 2 });
    const answers = await Promise.allSettled(['a', 'b', 'c', 'd', 'e'].map((password) => passwords.hash(password)));
    expect(answers.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
      'rejected',
    ]);
    expect(answers[4]).toMatchObject({ reason: { code: 'TOO_MANY_LOGINS', retryAfter: 1 } });
    await expect(passwords.hash('f')).resolves.toBeDefined();
  });

  it('never works on more at once than it may', async () => {
    const passwords = new Argon2Passwords({ concurrency: 1, waitingMax: 2 });
    const first = passwords.hash('a');
    const rest = ['b', 'c'].map((password) => passwords.hash(password));
    await first;
    // `b` is being hashed and `c` waits, so that there is room for one.
    const late = ['d', 'e'].map((password) => passwords.hash(password));
    const answers = await Promise.allSettled([...rest, ...late]);
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected']);
  });

  it('goes on after a hash that is none', async () => {
    const passwords = new Argon2Passwords({ concurrency: 1, waitingMax: 1 });
    await expect(passwords.verify('nonsense', 'pw')).rejects.toBeDefined();
    await expect(passwords.hash('pw')).resolves.toBeDefined();
  });
});
